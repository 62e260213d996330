"""A route of FluxLit behind its HS256 bearer, served as `fluxlit run` serves it but for the UI process: `fluxlit_jwt_peer.py <port>`.

Issuer, audience and secret come from the environment (`FLUXLIT_JWT_ISSUER` and so on).
"""
import sys
from typing import Annotated

import uvicorn
from fastapi import Depends
from fluxlit import FluxLit
from fluxlit.auth.jwt import StandardClaims
from fluxlit.gateway import build_gateway

app = FluxLit(title="Peer")
bearer = app.make_jwt_bearer()


@app.api.get("/me")
async def me(claims: Annotated[StandardClaims, Depends(bearer)]) -> StandardClaims:
    return claims


gateway = build_gateway(app.api, "http://127.0.0.1:9", api_prefix=app.settings.api_mount_path, proxy_settings=app.settings)
uvicorn.run(gateway, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
