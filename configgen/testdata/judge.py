#!/usr/bin/env python3
"""Reads AWS config files as botocore and the AWS CLI do and prints what they found as JSON.

stdin: {"files": [{"config": PATH, "credentials": PATH}, ...], "commands": [TEXT, ...]}
stdout: {"files": [{"profiles": {NAME: {KEY: VALUE or BLOCK}}, "services": {...}, "get": {NAME: {KEY: TEXT}},
                    "error": TEXT}, ...],
         "posix": [ARGV or null, ...], "windows": [ARGV or null, ...]}

"get" is what `aws configure get` prints; it is missing where the AWS CLI is not installed.
"""
import io
import json
import sys

try:  # before botocore: an AWS CLI of version 2 brings its own
    from awscli.customizations.configure.get import ConfigureGetCommand
except ImportError:
    ConfigureGetCommand = None

import botocore.compat
import botocore.exceptions
import botocore.session


def open_session(paths, profile=None):
    session = botocore.session.Session(profile=profile)
    session.set_config_variable("config_file", paths["config"])
    session.set_config_variable("credentials_file", paths["credentials"])
    return session


READER = botocore.session.Session()  # making one takes longer than reading a file


def read(paths):
    READER._config = None
    READER.set_config_variable("config_file", paths["config"])
    READER.set_config_variable("credentials_file", paths["credentials"])
    try:
        full = READER.full_config
    except botocore.exceptions.BotoCoreError as e:
        return {"error": str(e)}
    found = {"profiles": full["profiles"], "services": full.get("services", {})}
    if ConfigureGetCommand and paths.get("get"):
        found["get"] = {name: configure_get(paths, name, keys) for name, keys in full["profiles"].items()}
    return found


def configure_get(paths, name, keys):
    got = {}
    for key, value in keys.items():
        if "." in key or not isinstance(value, str):
            continue
        stream = io.StringIO()
        session = open_session(paths, name)
        ConfigureGetCommand(session, stream)._run_main(Args(key), None)
        got[key] = stream.getvalue()
    return got


class Args:
    def __init__(self, varname):
        self.varname = varname


def split(splitter, command):
    try:
        return splitter(command)
    except ValueError:
        return None


def posix(command):
    return botocore.compat.compat_shell_split(command, platform="linux")


def windows(command):
    return botocore.compat.compat_shell_split(command, platform="win32")


asked = json.load(sys.stdin)
commands = asked.get("commands") or []
answer = {
    "files": [read(f) for f in asked.get("files") or []],
    "posix": [split(posix, c) for c in commands],
    "windows": [split(windows, c) for c in commands],
}
json.dump(answer, sys.stdout)
