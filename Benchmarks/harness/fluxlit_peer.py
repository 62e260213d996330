"""FluxLit's gateway as its own command serves it, in front of a given upstream: `fluxlit_peer.py <port> <upstream>`."""
import sys

import uvicorn
from fastapi import FastAPI
from fluxlit.config import FluxlitSettings
from fluxlit.gateway import build_gateway

port, upstream = int(sys.argv[1]), sys.argv[2]
uvicorn.run(build_gateway(FastAPI(), upstream, proxy_settings=FluxlitSettings()), host="127.0.0.1", port=port, log_level="warning")
