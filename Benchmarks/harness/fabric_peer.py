"""fastapi-fabric-auth as its own lifespan wires it, on an SQLite file in the working directory: `fabric_peer.py <port>`.

Settings come from the environment (`AUTH__SYSTEM_ADMIN_PASSWORD` and so on), as its documentation has it.
"""
import sys

import uvicorn
from fastapi import FastAPI
from fastapi_fabric.auth import create_api_keys_router, create_auth_router
from fastapi_fabric.core.lifespan import create_lifespan

app = FastAPI(lifespan=create_lifespan())
# The routers import the models, without which the lifespan would make no tables.
app.include_router(create_auth_router())
app.include_router(create_api_keys_router())
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
