"""telemelya on a port of the loopback address, with in-memory stand-ins for Redis and S3 on the next two.

Runs in the stand-ins' own environment, never in the project's: docs/standins.md.
"""

import os
import sys
from threading import Thread

import uvicorn
from fakeredis import TcpFakeServer
from moto.server import ThreadedMotoServer

HOST = "127.0.0.1"
port, redis_port, s3_port = map(int, sys.argv[1:4])

redis = TcpFakeServer((HOST, redis_port), server_type="redis")
Thread(target=redis.serve_forever, daemon=True).start()
ThreadedMotoServer(ip_address=HOST, port=s3_port, verbose=False).start()
os.environ |= {
    "REDIS_URL": f"redis://{HOST}:{redis_port}/0",
    "MINIO_ENDPOINT": f"{HOST}:{s3_port}",
    "MINIO_USE_SSL": "false",
    "AWS_ACCESS_KEY_ID": "loopback",
    "AWS_SECRET_ACCESS_KEY": "loopback",
}
uvicorn.run("telemelya.server.app:app", host=HOST, port=port, log_level="warning")
