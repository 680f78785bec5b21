package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// A demo needs somebody to use the credentials where no AWS CLI is installed. These
// commands find them, and the endpoint, as every program with the AWS SDK does.

func (e env) whoami(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("whoami takes no argument: %q", args[0])}
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	who, err := sts.NewFromConfig(settings).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, aws.ToString(who.Arn))
	return nil
}

func (e env) s3(ctx context.Context, args []string) error {
	verb, bucket, err := readS3(args)
	if err != nil {
		return err
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := s3.NewFromConfig(settings, func(o *s3.Options) { o.UsePathStyle = true })
	switch verb {
	case "mb":
		return e.makeBucket(ctx, client, settings.Region, bucket)
	case "rb":
		if _, err := client.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket}); err != nil {
			return err
		}
		fmt.Fprintln(e.stdout, "remove_bucket:", bucket)
		return nil
	}
	list, err := client.ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil {
		return err
	}
	for _, b := range list.Buckets {
		fmt.Fprintln(e.stdout, b.CreationDate.Format("2006-01-02 15:04:05"), *b.Name)
	}
	return nil
}

// readS3 reads "mb s3://BUCKET", "rb s3://BUCKET" or "ls".
func readS3(args []string) (verb, bucket string, err error) {
	if len(args) == 1 && args[0] == "ls" {
		return "ls", "", nil
	}
	if len(args) == 2 && (args[0] == "mb" || args[0] == "rb") {
		if name, ok := strings.CutPrefix(args[1], "s3://"); ok && name != "" {
			return args[0], strings.TrimSuffix(name, "/"), nil
		}
	}
	return "", "", usageError{fmt.Errorf("want s3 mb s3://BUCKET, s3 rb s3://BUCKET or s3 ls")}
}

func (e env) makeBucket(ctx context.Context, client *s3.Client, region, bucket string) error {
	in := &s3.CreateBucketInput{Bucket: &bucket}
	if region != "us-east-1" {
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(region)}
	}
	if _, err := client.CreateBucket(ctx, in); err != nil {
		return err
	}
	fmt.Fprintln(e.stdout, "make_bucket:", bucket)
	return nil
}
