"""Reads calls of IAM and STS from stdin, a JSON list of {service, body}, and has botocore's own models judge them.

Each body is decoded along the model of its operation, validated as boto3 validates a caller's parameters, and written
again by botocore's own serializer: the two must say the same.
"""
import json
import sys
from urllib.parse import parse_qsl

import botocore.serialize
import botocore.session
import botocore.validate


def decode(shape, prefix, form):
    if shape.type_name == "structure":
        found = {}
        for name, member in shape.members.items():
            key = f"{prefix}.{name}" if prefix else name
            if any(k == key or k.startswith(key + ".") for k in form):
                found[name] = decode(member, key, form)
        return found
    if shape.type_name == "list":
        items, n = [], 1
        while any(k == f"{prefix}.member.{n}" or k.startswith(f"{prefix}.member.{n}.") for k in form):
            items.append(decode(shape.member, f"{prefix}.member.{n}", form))
            n += 1
        return items
    text = form[prefix]
    if shape.type_name in ("integer", "long"):
        return int(text)
    if shape.type_name == "boolean":
        return {"true": True, "false": False}[text]
    return text


def main():
    session = botocore.session.get_session()
    judged = {}
    for call in json.load(sys.stdin):
        form = dict(parse_qsl(call["body"], keep_blank_values=True, strict_parsing=True))
        model = session.get_service_model(call["service"])
        operation = model.operation_model(form["Action"])
        params = decode(operation.input_shape, "", form) if operation.input_shape else {}
        problems = botocore.validate.ParamValidator().validate(params, operation.input_shape) if operation.input_shape else None
        if problems is not None and problems.has_errors():
            sys.exit(f"{form['Action']}: {problems.generate_report()}")
        serializer = botocore.serialize.create_serializer(model.metadata["protocol"], include_validation=True)
        again = {k: str(v) for k, v in serializer.serialize_to_request(params, operation)["body"].items()}
        if again != form:
            sys.exit(f"{form['Action']}: sent {sorted(form)}, botocore would send {sorted(again)}")
        judged[form["Action"]] = judged.get(form["Action"], 0) + 1
    print(json.dumps(judged))


main()
