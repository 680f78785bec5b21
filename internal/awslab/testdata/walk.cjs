// The walk through a landing zone with the JavaScript SDK v3: see walk.sh, which it
// follows. NODE_PATH names the folder of the SDK's packages.
"use strict";
const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const { STSClient, AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand } = require("@aws-sdk/client-sts");
const IAM = require("@aws-sdk/client-iam");
const S3 = require("@aws-sdk/client-s3");
const { fromIni, fromTemporaryCredentials } = require("@aws-sdk/credential-providers");

const prodAccount = "444444444444";
const common = { region: "us-west-2", endpoint: process.env.AWS_ENDPOINT_URL, maxAttempts: 1 };
const profile = (name) => fromIni({ profile: name });
const awslab = (verb, ...args) =>
  execFileSync(process.env.AWSLAB, [verb, "--dir", process.env.LAB_DIR, ...args], { encoding: "utf8" }).trim().split(" ");
const sts = (credentials) => new STSClient({ ...common, credentials });
const s3 = (credentials) => new S3.S3Client({ ...common, credentials });
const iam = (credentials) => new IAM.IAMClient({ ...common, credentials });
const document = (statement) => JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
const temporary = ({ Credentials: c }) => ({ accessKeyId: c.AccessKeyId, secretAccessKey: c.SecretAccessKey, sessionToken: c.SessionToken });

async function refused(client, command, name, status, text = "") {
  let got;
  try {
    await client.send(command);
  } catch (error) {
    got = error;
  }
  assert.ok(got, `${command.constructor.name} was not refused: want ${name}`);
  assert.equal(got.name, name, got.message);
  assert.equal(got.$metadata?.httpStatusCode, status, got.message);
  assert.ok(got.message.includes(text), `${got.message}: want ${text}`);
}

async function landingZone(admin, prod) {
  const trust = document({
    Effect: "Allow", Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action: "sts:AssumeRole",
    Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" }, StringEquals: { "sts:RoleSessionName": "${aws:username}" } },
  });
  for (const [group, role, policy] of [["Operators", "Ops", "PowerUserAccess"], ["DevAdmins", "DevAdmin", "ReadOnlyAccess"]]) {
    await prod.send(new IAM.CreateRoleCommand({ RoleName: role, AssumeRolePolicyDocument: trust }));
    await prod.send(new IAM.AttachRolePolicyCommand({ RoleName: role, PolicyArn: `arn:aws:iam::aws:policy/${policy}` }));
    await admin.send(new IAM.CreateGroupCommand({ GroupName: group, Path: "/secaws/" }));
    const may = document({ Effect: "Allow", Action: "sts:AssumeRole", Resource: `arn:aws:iam::${prodAccount}:role/${role}` });
    await admin.send(new IAM.PutGroupPolicyCommand({ GroupName: group, PolicyName: "assume", PolicyDocument: may }));
  }
  await refused(prod, new IAM.CreateRoleCommand({ RoleName: "OPS", AssumeRolePolicyDocument: trust }), "EntityAlreadyExistsException", 409);
  await refused(prod, new IAM.CreateRoleCommand({ RoleName: "X", AssumeRolePolicyDocument: "{" }), "MalformedPolicyDocumentException", 400);
  await refused(prod, new IAM.DeleteRoleCommand({ RoleName: "Ops" }), "DeleteConflictException", 409);
}

async function person(admin, name, group) {
  await admin.send(new IAM.CreateUserCommand({ UserName: name }));
  await admin.send(new IAM.AddUserToGroupCommand({ UserName: name, GroupName: group }));
  const { AccessKey: key } = await admin.send(new IAM.CreateAccessKeyCommand({ UserName: name }));
  const { VirtualMFADevice: device } = await admin.send(new IAM.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }));
  assert.deepEqual([...device.QRCodePNG.slice(1, 4)], [...Buffer.from("PNG")]);
  const serial = device.SerialNumber;
  const enable = (one, two) =>
    new IAM.EnableMFADeviceCommand({ UserName: name, SerialNumber: serial, AuthenticationCode1: one, AuthenticationCode2: two });
  const [one, two] = awslab("totp", "--pair", name);
  await refused(admin, enable(two, one), "InvalidAuthenticationCodeException", 403);
  await admin.send(enable(one, two));
  return { serial, key: { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey } };
}

async function opsMakesABucket({ key, serial }) {
  const role = { RoleArn: `arn:aws:iam::${prodAccount}:role/Ops`, RoleSessionName: "ops" };
  await refused(sts(key), new AssumeRoleCommand(role), "AccessDenied", 403, "sts:AssumeRole");
  const [code] = awslab("totp", "--fresh", "ops");
  let asked = 0;
  const credentials = await fromTemporaryCredentials({
    masterCredentials: key, clientConfig: common, params: { ...role, SerialNumber: serial },
    mfaCodeProvider: async () => (asked++, code),
  })();
  const who = await sts(credentials).send(new GetCallerIdentityCommand({}));
  assert.equal(who.Arn, `arn:aws:sts::${prodAccount}:assumed-role/Ops/ops`);
  assert.equal(asked, 1);
  await refused(sts(key), new GetSessionTokenCommand({ SerialNumber: serial, TokenCode: code }), "AccessDenied", 403, "invalid MFA one time pass code");

  const bucket = s3(credentials);
  const place = { CreateBucketConfiguration: { LocationConstraint: "us-west-2" } };
  await bucket.send(new S3.CreateBucketCommand({ Bucket: "walk-of-ops", ...place }));
  await refused(bucket, new S3.CreateBucketCommand({ Bucket: "walk-of-ops", ...place }), "BucketAlreadyOwnedByYou", 409);
  await bucket.send(new S3.PutObjectCommand({ Bucket: "walk-of-ops", Key: "a/ü c", Body: "hello", Metadata: { who: "ops" } }));
  const got = await bucket.send(new S3.GetObjectCommand({ Bucket: "walk-of-ops", Key: "a/ü c" }));
  assert.equal(await got.Body.transformToString(), "hello");
  assert.deepEqual(got.Metadata, { who: "ops" });
  const listed = await bucket.send(new S3.ListObjectsV2Command({ Bucket: "walk-of-ops", Delimiter: "/" }));
  assert.deepEqual(listed.CommonPrefixes, [{ Prefix: "a/" }]);
  await refused(bucket, new S3.GetObjectCommand({ Bucket: "walk-of-ops", Key: "none" }), "NoSuchKey", 404);
  await refused(bucket, new S3.HeadBucketCommand({ Bucket: "walk-of-nobody" }), "NotFound", 404);
  await refused(bucket, new S3.DeleteBucketCommand({ Bucket: "walk-of-ops" }), "BucketNotEmpty", 409);
  await refused(iam(credentials), new IAM.ListUsersCommand({}), "AccessDenied", 403, "iam:ListUsers");
}

async function devMakesNone({ key, serial }) {
  const mfa = sts(temporary(await sts(key).send(new GetSessionTokenCommand({ SerialNumber: serial, TokenCode: awslab("totp", "--fresh", "dev")[0] }))));
  await refused(mfa, new GetSessionTokenCommand({}), "AccessDenied", 403);
  const role = { RoleArn: `arn:aws:iam::${prodAccount}:role/DevAdmin`, RoleSessionName: "dev" };
  await refused(mfa, new AssumeRoleCommand({ ...role, DurationSeconds: 43200 }), "ValidationError", 400);
  const bucket = s3(temporary(await mfa.send(new AssumeRoleCommand(role))));
  const { Buckets } = await bucket.send(new S3.ListBucketsCommand({}));
  assert.deepEqual(Buckets.map((b) => b.Name), ["walk-of-ops"]);
  const make = new S3.CreateBucketCommand({ Bucket: "walk-of-dev", CreateBucketConfiguration: { LocationConstraint: "us-west-2" } });
  await refused(bucket, make, "AccessDenied", 403,
    `User: arn:aws:sts::${prodAccount}:assumed-role/DevAdmin/dev is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::walk-of-dev" because no identity-based policy allows the s3:CreateBucket action`);
}

async function main() {
  for (const [name, account] of [["admin", "111111111111"], ["infra", "222222222222"], ["preprod", "333333333333"], ["prod", prodAccount]]) {
    assert.equal((await sts(profile(`secure-aws-${name}`)).send(new GetCallerIdentityCommand({}))).Account, account);
  }
  const [admin, prod] = [iam(profile("secure-aws-admin")), iam(profile("secure-aws-prod"))];
  await landingZone(admin, prod);
  const ops = await person(admin, "ops", "Operators");
  const dev = await person(admin, "dev", "DevAdmins");
  awslab("clock", "+30s");
  await opsMakesABucket(ops);
  await devMakesNone(dev);

  await refused(admin, new IAM.DeleteUserCommand({ UserName: "ops" }), "DeleteConflictException", 409);
  await admin.send(new IAM.CreateLoginProfileCommand({ UserName: "dev", Password: "Long-enough-1-and-odd", PasswordResetRequired: true }));
  let users = 0;
  for await (const page of IAM.paginateListUsers({ client: admin, pageSize: 1 }, {})) users += page.Users.length;
  assert.equal(users, 3);
  const { AccessKeyMetadata: [key] } = await prod.send(new IAM.ListAccessKeysCommand({}));
  await prod.send(new IAM.UpdateAccessKeyCommand({ AccessKeyId: key.AccessKeyId, Status: "Inactive" }));
  await refused(sts(profile("secure-aws-prod")), new GetCallerIdentityCommand({}), "InvalidClientTokenId", 403);
  console.log("walk done");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
