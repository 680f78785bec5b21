#!/usr/bin/env bash
# The walk through a landing zone (accounts, groups, roles, two people with MFA, a bucket
# made and a bucket refused, the bootstrap key off) with the AWS CLI. It ends with the
# first thing that is not as AWS has it. $AWSLAB is the phone, $LAB_DIR the lab's folder.
set -euo pipefail

phone() { "$AWSLAB" totp --dir "$LAB_DIR" "$@"; }
next_step() { "$AWSLAB" clock --dir "$LAB_DIR" +30s >/dev/null; }
cli() { aws --endpoint-url "$AWS_ENDPOINT_URL" --output text "$@"; }
as() { AWS_PROFILE=$1 cli "${@:2}"; }
admin() { as secure-aws-admin "$@"; }
prod() { as secure-aws-prod "$@"; }

fail() {
	echo "walk.sh: $*" >&2
	exit 1
}

# refused CODE TEXT CMD… holds that CMD fails with that error code, and says TEXT.
refused() {
	local code=$1 text=$2 out
	shift 2
	if out=$("$@" 2>&1); then fail "$* was not refused"; fi
	[[ $out == *"($code)"*"$text"* ]] || fail "$*: $out: want ($code) … $text"
}

# check is refused beside what follows, up to the next settle.
checks=()
check() {
	refused "$@" &
	checks+=($!)
}
settle() {
	for c in "${checks[@]}"; do wait "$c" || exit 1; done
	checks=()
}

equal() { [[ $1 == "$2" ]] || fail "got '$1', want '$2'"; }

# session ARGS… makes temporary credentials and exports them.
session() {
	local id secret token
	read -r id secret token < <(cli sts "$@" --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]')
	[[ -n $token ]] || fail "sts $1 gave no session"
	export AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret AWS_SESSION_TOKEN=$token
}

# 1. The bootstrap keys.
for n in infra:222222222222 prod:444444444444; do
	equal "$(as "secure-aws-${n%:*}" sts get-caller-identity --query Account)" "${n#*:}" &
	checks+=($!)
done
settle

# 2. Groups, roles, policies.
trust='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole",
"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}]}'
own='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*"},
{"Effect":"Allow","Action":"organizations:DescribeOrganization","Resource":"*"}]}'
assume() { printf '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::444444444444:role/%s"}]}' "$1"; }
prod iam create-role --role-name Ops --assume-role-policy-document "$trust" --tags Key=secaws,Value=setup >/dev/null
prod iam put-role-policy --role-name Ops --policy-name PowerUser --policy-document "$own"
prod iam create-role --role-name DevAdmin --assume-role-policy-document "$trust" >/dev/null
prod iam attach-role-policy --role-name DevAdmin --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess
for pair in Operators:Ops DevAdmins:DevAdmin; do
	admin iam create-group --group-name "${pair%:*}" --path /secaws/ >/dev/null
	admin iam put-group-policy --group-name "${pair%:*}" --policy-name assume --policy-document "$(assume "${pair#*:}")"
done
admin iam update-account-password-policy --minimum-password-length 14 --allow-users-to-change-password --max-password-age 180 --password-reuse-prevention 24

# 3. and 4. Two people, each with a key and an MFA device.
person() { # NAME GROUP: a user with a key, whose credentials are printed
	admin iam create-user --user-name "$1" >/dev/null
	admin iam add-user-to-group --user-name "$1" --group-name "$2"
	admin iam create-access-key --user-name "$1" --query 'AccessKey.[AccessKeyId,SecretAccessKey]'
}
read -r ops_id ops_secret < <(person ops Operators)
read -r dev_id dev_secret < <(person dev DevAdmins)
check EntityAlreadyExists "User with name OPS already exists" admin iam create-user --user-name OPS

settle

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ops_mfa=$(admin iam create-virtual-mfa-device --virtual-mfa-device-name ops --outfile "$work/mfa.png" --bootstrap-method QRCodePNG --query VirtualMFADevice.SerialNumber)
equal "$ops_mfa" arn:aws:iam::111111111111:mfa/ops
uri=$(zbarimg --nodbus --quiet --raw "$work/mfa.png")
[[ $uri == otpauth://totp/*ops@*secret=* ]] || fail "the QR code says ${uri%%secret=*}"
seed=${uri#*secret=}
seed=${seed%%&*}
now=$(date +%s)
code() { oathtool --totp --base32 --now "@$((now + $1))" "$seed"; }
refused InvalidAuthenticationCode "" admin iam enable-mfa-device --user-name ops --serial-number "$ops_mfa" --authentication-code1 "$(code 0)" --authentication-code2 "$(code 0)"
admin iam enable-mfa-device --user-name ops --serial-number "$ops_mfa" --authentication-code1 "$(code -30)" --authentication-code2 "$(code 0)"
dev_mfa=$(admin iam create-virtual-mfa-device --virtual-mfa-device-name dev --outfile "$work/seed" --bootstrap-method Base32StringSeed --query VirtualMFADevice.SerialNumber)
read -r one two < <(phone --pair dev)
admin iam enable-mfa-device --user-name dev --serial-number "$dev_mfa" --authentication-code1 "$one" --authentication-code2 "$two"
next_step

# 5. ops assumes Ops, with a code that works once, and makes a bucket.
(
	export AWS_ACCESS_KEY_ID=$ops_id AWS_SECRET_ACCESS_KEY=$ops_secret
	role=(sts assume-role --role-arn arn:aws:iam::444444444444:role/Ops --role-session-name ops)
	check AccessDenied "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444444444444:role/Ops" cli "${role[@]}"
	check AccessDenied "invalid MFA one time pass code" cli "${role[@]}" --serial-number "$ops_mfa" --token-code 000000
	check AccessDenied "unable to validate MFA code" cli "${role[@]}" --serial-number "$dev_mfa" --token-code 000000
	settle
	code=$(phone ops)
	session assume-role "${role[@]:2}" --serial-number "$ops_mfa" --token-code "$code"
	equal "$(cli sts get-caller-identity --query Arn)" arn:aws:sts::444444444444:assumed-role/Ops/ops
	equal "$(cli s3 mb s3://walk-of-ops)" "make_bucket: walk-of-ops"
	echo hello | cli s3 cp - s3://walk-of-ops/greeting
	equal "$(cli s3 cp s3://walk-of-ops/greeting -)" hello
	out=$(cli s3 rb s3://walk-of-ops 2>&1) && fail "a full bucket was removed"
	[[ $out == *BucketNotEmpty* ]] || fail "rb: $out"
	export AWS_ACCESS_KEY_ID=$ops_id AWS_SECRET_ACCESS_KEY=$ops_secret
	unset AWS_SESSION_TOKEN
	refused AccessDenied "invalid MFA one time pass code" cli "${role[@]}" --serial-number "$ops_mfa" --token-code "$code"
)

# 6. dev, by way of an MFA session, assumes DevAdmin, and may look and not make.
(
	export AWS_ACCESS_KEY_ID=$dev_id AWS_SECRET_ACCESS_KEY=$dev_secret
	session get-session-token --serial-number "$dev_mfa" --token-code "$(phone dev)"
	role=(--role-arn arn:aws:iam::444444444444:role/DevAdmin)
	check AccessDenied "" cli sts assume-role "${role[@]}" --role-session-name somebody
	settle
	session assume-role "${role[@]}" --role-session-name dev
	[[ $(cli s3 ls) == *walk-of-ops ]] || fail "DevAdmin cannot list buckets"
	out=$(cli s3 mb s3://walk-of-dev 2>&1) && fail "DevAdmin made a bucket"
	want='(AccessDenied) when calling the CreateBucket operation: User: arn:aws:sts::444444444444:assumed-role/DevAdmin/dev is not authorized to perform: s3:CreateBucket on resource: "arn:aws:s3:::walk-of-dev" because no identity-based policy allows the s3:CreateBucket action'
	[[ $out == *"$want"* ]] || fail "mb: $out"
)

# 7. A console password.
refused PasswordPolicyViolation "" admin iam create-login-profile --user-name ops --password short
admin iam create-login-profile --user-name ops --password "$(openssl rand -base64 24)aA1+" --password-reset-required >/dev/null

# 8. The bootstrap key goes off.
key=$(prod iam list-access-keys --query 'AccessKeyMetadata[].AccessKeyId')
prod iam update-access-key --access-key-id "$key" --status Inactive
settle
check InvalidClientTokenId "The security token included in the request is invalid" prod sts get-caller-identity

# What is in use is not deleted.
check DeleteConflict "" admin iam delete-user --user-name ops
settle
echo "walk done"
