#!/usr/bin/env python3
"""Reads AWS config files as botocore does and prints what it found as JSON.

stdin: {"files": [{"config": PATH, "credentials": PATH}, ...], "commands": [TEXT, ...]}
stdout: {"files": [{"profiles": {NAME: {KEY: VALUE or BLOCK}}, "services": ..., "error": TEXT or null}, ...],
         "commands": [ARGV or null, ...]}
"""
import json
import sys

import botocore.compat
import botocore.exceptions
import botocore.session


def read(paths):
    session = botocore.session.Session()
    session.set_config_variable("config_file", paths["config"])
    session.set_config_variable("credentials_file", paths["credentials"])
    try:
        full = session.full_config
    except botocore.exceptions.BotoCoreError as e:
        return {"error": str(e)}
    return {"profiles": full["profiles"], "services": full.get("services", {}), "error": None}


def split(command):
    try:
        return botocore.compat.compat_shell_split(command)
    except ValueError:
        return None


asked = json.load(sys.stdin)
json.dump(
    {
        "files": [read(f) for f in asked.get("files") or []],
        "commands": [split(c) for c in asked.get("commands") or []],
        "windows": [botocore.compat._windows_shell_split(c) if c.count('"') % 2 == 0 and "\\" not in c else None
                    for c in asked.get("commands") or []],
    },
    sys.stdout,
)
