"""The real slave, working in the folder of the settings."""

import os

import peer

os.chdir(peer.settings["dir"])
with open("toxicslave.conf", "w") as conf:
    conf.write(f"ACCESS_TOKEN = {peer.hashed_token()!r}\nUSE_DOCKER = False\n")
os.environ["TOXICSLAVE_SETTINGS"] = "toxicslave.conf"

import toxicslave  # noqa: E402

toxicslave.create_settings()

from toxicslave.server import BuildServer  # noqa: E402: reads the settings as it is imported

peer.serve(BuildServer)
