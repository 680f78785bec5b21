#!/usr/bin/env python3
"""Writes corpus/NAME.json, botocore's reading of corpus/NAME.config (and .credentials).

Run it in this folder after adding a file: python3 goldens.py
"""
import json
import pathlib
import subprocess
import sys
import tempfile

BOM = b"\xef\xbb\xbf"


def without_bom(path, folder):
    """botocore cannot read a byte order mark; we read the file as if it were not there."""
    data = path.read_bytes() if path.exists() else b""
    if not data.startswith(BOM):
        return str(path)
    copy = pathlib.Path(folder) / path.name
    copy.write_bytes(data[len(BOM):])
    return str(copy)


corpus = sorted(pathlib.Path("corpus").glob("*.config"))
with tempfile.TemporaryDirectory() as folder:
    files = [
        {"config": without_bom(p, folder), "credentials": without_bom(p.with_suffix(".credentials"), folder)}
        for p in corpus
    ]
    out = subprocess.run([sys.executable, "judge.py"], input=json.dumps({"files": files}).encode(),
                         stdout=subprocess.PIPE, check=True).stdout
for path, found in zip(corpus, json.loads(out)["files"]):
    if "error" in found:
        found = {"refused": True}
    path.with_suffix(".json").write_text(json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
