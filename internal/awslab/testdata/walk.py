"""The walk through a landing zone with boto3: see walk.sh, which it follows.

It runs on the boto3 of Debian 12 (1.26), which takes its endpoint from code only.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

LAB = os.environ["LAB_DIR"]
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
ADMIN, PROD = "111111111111", "444444444444"


def awslab(verb, *args):
    done = subprocess.run([os.environ["AWSLAB"], verb, "--dir", LAB, *args], check=True, capture_output=True, text=True)
    return done.stdout.split()


def client(service, profile=None, credentials=None, **config):
    session = boto3.Session(profile_name=profile)
    keys = {}
    if credentials:
        keys = dict(zip(("aws_access_key_id", "aws_secret_access_key", "aws_session_token"), credentials))
    config.setdefault("retries", {"max_attempts": 0})
    return session.client(service, endpoint_url=ENDPOINT, region_name="us-west-2", config=Config(**config), **keys)


def refused(code, text, call, status=None, **kwargs):
    try:
        call(**kwargs)
    except ClientError as e:
        got = e.response["Error"]
        assert got["Code"] == code and text in got["Message"], (got, code, text)
        assert status in (None, e.response["ResponseMetadata"]["HTTPStatusCode"]), e.response
        return e
    raise AssertionError(f"{call.__name__} was not refused: want {code}")


def document(**statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def temporary(answer):
    c = answer["Credentials"]
    return c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"]


def landing_zone(admin, prod):
    trust = document(
        Effect="Allow", Principal={"AWS": f"arn:aws:iam::{ADMIN}:root"}, Action="sts:AssumeRole",
        Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
    )
    for group, role, policy in (("Operators", "Ops", "PowerUserAccess"), ("DevAdmins", "DevAdmin", "ReadOnlyAccess")):
        made = prod.create_role(RoleName=role, AssumeRolePolicyDocument=trust, Tags=[{"Key": "secaws", "Value": "setup"}])
        assert made["Role"]["Arn"] == f"arn:aws:iam::{PROD}:role/{role}"
        prod.attach_role_policy(RoleName=role, PolicyArn=f"arn:aws:iam::aws:policy/{policy}")
        admin.create_group(GroupName=group, Path="/secaws/")
        admin.put_group_policy(
            GroupName=group, PolicyName="assume",
            PolicyDocument=document(Effect="Allow", Action="sts:AssumeRole", Resource=f"arn:aws:iam::{PROD}:role/{role}"),
        )
    assert prod.get_role(RoleName="ops")["Role"]["AssumeRolePolicyDocument"] == json.loads(trust)
    refused("EntityAlreadyExists", "already exists", prod.create_role, 409, RoleName="OPS", AssumeRolePolicyDocument=trust)
    refused("MalformedPolicyDocument", "", prod.create_role, 400, RoleName="X", AssumeRolePolicyDocument="{}")
    refused("NoSuchEntity", "", admin.get_group, 404, GroupName="nobody")
    admin.update_account_password_policy(MinimumPasswordLength=14, PasswordReusePrevention=24)


def person(admin, name, group):
    admin.create_user(UserName=name)
    admin.add_user_to_group(GroupName=group, UserName=name)
    key = admin.create_access_key(UserName=name)["AccessKey"]
    admin.create_access_key(UserName=name)
    refused("LimitExceeded", "AccessKeysPerUser: 2", admin.create_access_key, 409, UserName=name)
    device = admin.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    assert device["QRCodePNG"].startswith(b"\x89PNG") and len(device["Base32StringSeed"]) >= 32
    serial = device["SerialNumber"]
    refused("EntityAlreadyExists", "", admin.create_virtual_mfa_device, 409, VirtualMFADeviceName=name)
    refused("InvalidAuthenticationCode", "", admin.enable_mfa_device, 403, UserName=name, SerialNumber=serial,
            AuthenticationCode1="000000", AuthenticationCode2="000000")
    one, two = awslab("totp", "--pair", name)
    admin.enable_mfa_device(UserName=name, SerialNumber=serial, AuthenticationCode1=one, AuthenticationCode2=two)
    refused("DeleteConflict", "", admin.delete_virtual_mfa_device, 409, SerialNumber=serial)
    return (key["AccessKeyId"], key["SecretAccessKey"]), serial


def ops_makes_a_bucket(key, serial):
    sts = client("sts", credentials=key)
    role = {"RoleArn": f"arn:aws:iam::{PROD}:role/Ops", "RoleSessionName": "ops"}
    refused("AccessDenied", "not authorized to perform: sts:AssumeRole", sts.assume_role, 403, **role)
    code = awslab("totp", "ops")[0]
    refused("AccessDenied", "invalid MFA one time pass code", sts.assume_role, 403, **role, SerialNumber=serial,
            TokenCode=str((int(code) + 1) % 1000000).zfill(6))
    refused("AccessDenied", "", sts.assume_role, 403, **{**role, "RoleSessionName": "other"}, SerialNumber=serial, TokenCode=code)
    awslab("clock", "+30s")
    code = awslab("totp", "--fresh", "ops")[0]
    session = temporary(sts.assume_role(**role, SerialNumber=serial, TokenCode=code))
    refused("AccessDenied", "invalid MFA one time pass code", sts.get_session_token, 403, SerialNumber=serial, TokenCode=code)

    s3 = client("s3", credentials=session)
    s3.create_bucket(Bucket="walk-of-ops", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    refused("BucketAlreadyOwnedByYou", "", s3.create_bucket, 409, Bucket="walk-of-ops", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_object(Bucket="walk-of-ops", Key="a/b c", Body=b"hello", Metadata={"who": "ops"})
    got = s3.get_object(Bucket="walk-of-ops", Key="a/b c")
    assert got["Body"].read() == b"hello" and got["Metadata"] == {"who": "ops"}
    assert [o["Key"] for o in s3.list_objects_v2(Bucket="walk-of-ops")["Contents"]] == ["a/b c"]
    refused("NoSuchKey", "", s3.get_object, 404, Bucket="walk-of-ops", Key="none")
    refused("404", "", s3.head_bucket, 404, Bucket="walk-of-nobody")
    refused("BucketNotEmpty", "", s3.delete_bucket, 409, Bucket="walk-of-ops")
    refused("AccessDenied", "iam:ListUsers", client("iam", credentials=session).list_users, 403)
    refused("InvalidClientTokenId", "", client("sts", credentials=(session[0], session[1])).get_caller_identity, 403)
    refused("SignatureDoesNotMatch", "", client("sts", credentials=(session[0], "x" * 40, session[2])).get_caller_identity, 403)


def dev_makes_none(key, serial):
    sts = client("sts", credentials=key)
    session = temporary(sts.get_session_token(SerialNumber=serial, TokenCode=awslab("totp", "--fresh", "dev")[0]))
    mfa = client("sts", credentials=session)
    role = {"RoleArn": f"arn:aws:iam::{PROD}:role/DevAdmin", "RoleSessionName": "dev"}
    refused("AccessDenied", "", mfa.get_session_token, 403)
    refused("ValidationError", "", mfa.assume_role, 400, **role, DurationSeconds=3601)
    refused("AccessDenied", "", mfa.assume_role, 403, RoleArn=f"arn:aws:iam::{PROD}:role/Ops", RoleSessionName="dev")
    s3 = client("s3", credentials=temporary(mfa.assume_role(**role)))
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["walk-of-ops"]
    refused(
        "AccessDenied",
        f"User: arn:aws:sts::{PROD}:assumed-role/DevAdmin/dev is not authorized to perform: s3:CreateBucket on resource: "
        '"arn:aws:s3:::walk-of-dev" because no identity-based policy allows the s3:CreateBucket action',
        s3.create_bucket, 403, Bucket="walk-of-dev", CreateBucketConfiguration={"LocationConstraint": "us-west-2"},
    )


def main():
    admin, prod = client("iam", "secure-aws-admin"), client("iam", "secure-aws-prod")
    for profile, account in (("admin", ADMIN), ("infra", "222222222222"), ("preprod", "333333333333"), ("prod", PROD)):
        assert client("sts", "secure-aws-" + profile).get_caller_identity()["Account"] == account
    landing_zone(admin, prod)
    ops, dev = person(admin, "ops", "Operators"), person(admin, "dev", "DevAdmins")
    awslab("clock", "+30s")
    ops_makes_a_bucket(*ops)
    dev_makes_none(*dev)

    refused("PasswordPolicyViolation", "", admin.create_login_profile, 400, UserName="dev", Password="short")
    refused("DeleteConflict", "", admin.delete_user, 409, UserName="dev")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: admin.create_user(UserName=f"many{n:02}"), range(12)))
    pages = list(admin.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 5}))
    assert len(pages) == 3 and sum(len(p["Users"]) for p in pages) == 15, pages

    key = prod.list_access_keys()["AccessKeyMetadata"][0]["AccessKeyId"]
    prod.update_access_key(AccessKeyId=key, Status="Inactive")
    refused("InvalidClientTokenId", "", client("sts", "secure-aws-prod").get_caller_identity, 403)
    print("walk done")


if __name__ == "__main__":
    sys.exit(main())
