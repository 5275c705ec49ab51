// Package blob keeps files as objects of an S3-compatible service: put whole and verified, read in any
// part, removed. Objects are never changed in place.
package blob

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Config names a bucket and who may use it.
type Config struct {
	Endpoint string // http:// or https://, host and perhaps port
	Region   string // empty: us-east-1
	Bucket   string
	Prefix   string // before each object's name; empty: none
	KeyID    string
	Secret   string
	Address  string // how the bucket is named in requests: AddressAuto, AddressPath, AddressHost
}

// The ways of naming the bucket.
const (
	AddressAuto = "auto" // by the endpoint: most services take the path
	AddressPath = "path" // https://endpoint/bucket/object
	AddressHost = "host" // https://bucket.endpoint/object
)

// The patience with a service. A file that is put has putLeast and what its size takes at slowest.
const (
	dialTime   = 10 * time.Second
	answerTime = 30 * time.Second // of silence
	askTime    = 45 * time.Second // for a small request
	putLeast   = time.Minute
	slowest    = 32 << 10 // bytes a second
	tries      = 2
)

// MaxSize is the largest object: what S3 takes in one piece. Pieces are not used, because a crash would
// leave them behind where nobody sees them.
const MaxSize = 5 << 30

// ErrMissing means that there is no such object; it is fs.ErrNotExist as well.
var ErrMissing = fmt.Errorf("there is no such object: %w", fs.ErrNotExist)

var errOther = errors.New("the service has other content than was sent")

// S3 is a bucket. It is safe for concurrent use, and does not keep anything open.
type S3 struct {
	client *minio.Client
	cfg    Config
}

// New gives a bucket without talking to the service.
func New(cfg Config) (*S3, error) {
	at, err := url.Parse(cfg.Endpoint)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" || strings.Trim(at.Path, "/") != "" || at.User != nil {
		return nil, errors.New("the endpoint is no address; write one like https://s3.example.com")
	}
	if cfg.Bucket == "" || cfg.KeyID == "" || cfg.Secret == "" {
		return nil, errors.New("bucket, key id and secret are needed")
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	cfg.Prefix = strings.Trim(cfg.Prefix, "/")
	lookup, ok := map[string]minio.BucketLookupType{
		"": minio.BucketLookupAuto, AddressAuto: minio.BucketLookupAuto,
		AddressPath: minio.BucketLookupPath, AddressHost: minio.BucketLookupDNS,
	}[cfg.Address]
	if !ok {
		return nil, fmt.Errorf("%q is none of auto, path, host", cfg.Address)
	}
	client, err := minio.New(at.Host, &minio.Options{
		Creds: credentials.NewStaticV4(cfg.KeyID, cfg.Secret, ""), Secure: at.Scheme == "https",
		Region: cfg.Region, BucketLookup: lookup, MaxRetries: tries,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: dialTime}).DialContext,
			TLSHandshakeTimeout: dialTime, ResponseHeaderTimeout: answerTime, IdleConnTimeout: time.Minute,
			MaxIdleConnsPerHost: 8, DisableCompression: true,
		},
	})
	if err != nil {
		return nil, err
	}
	return &S3{client, cfg}, nil
}

// String says where it is, without secrets.
func (s *S3) String() string { return s.cfg.Endpoint + ", bucket " + s.cfg.Bucket }

func (s *S3) core() minio.Core { return minio.Core{Client: s.client} }

func (s *S3) name(name string) string { return path.Join(s.cfg.Prefix, name) }

// Put stores size bytes of src under a name and verifies what the service has. If it has them already,
// as after a crash, nothing is sent. When Put returns without error the object is there, whole.
func (s *S3) Put(ctx context.Context, name string, src io.ReaderAt, size int64) error {
	if size > MaxSize {
		return fmt.Errorf("%d bytes are more than an object may have", size)
	}
	hash := sha256.New()
	if n, err := io.Copy(hash, io.NewSectionReader(src, 0, size)); err != nil || n != size {
		return errors.Join(fmt.Errorf("%d of %d bytes could be read", n, size), err)
	}
	sum := hash.Sum(nil)
	ctx, cancel := context.WithTimeout(ctx, putLeast+2*time.Duration(size/slowest)*time.Second)
	defer cancel()
	err := s.verify(ctx, name, size, sum)
	if err == nil || !errors.Is(err, ErrMissing) && !errors.Is(err, errOther) {
		return err
	}
	// The sum is signed, so that a service refuses what was spoilt on the way, and given to be kept.
	_, err = s.core().PutObject(ctx, s.cfg.Bucket, s.name(name), io.NewSectionReader(src, 0, size), size, "", hex.EncodeToString(sum), minio.PutObjectOptions{
		ContentType: "application/octet-stream", DisableContentSha256: true, // of each piece
		UserMetadata: map[string]string{"x-amz-checksum-sha256": base64.StdEncoding.EncodeToString(sum)},
	})
	if err != nil {
		return explain("sending", err)
	}
	return s.verify(ctx, name, size, sum)
}

// verify asks for size and checksum; of a service that keeps no checksum the object is read back.
func (s *S3) verify(ctx context.Context, name string, size int64, sum []byte) error {
	info, err := s.client.StatObject(ctx, s.cfg.Bucket, s.name(name), minio.StatObjectOptions{Checksum: true})
	if err != nil {
		return explain("verifying", err)
	}
	if info.Size != size {
		return fmt.Errorf("%w: %d bytes, not %d", errOther, info.Size, size)
	}
	if info.ChecksumSHA256 != "" {
		if info.ChecksumSHA256 != base64.StdEncoding.EncodeToString(sum) {
			return errOther
		}
		return nil
	}
	hash := sha256.New()
	back, err := s.client.GetObject(ctx, s.cfg.Bucket, s.name(name), minio.GetObjectOptions{})
	if err != nil {
		return explain("reading back", err)
	}
	defer back.Close()
	if _, err := io.Copy(hash, back); err != nil {
		return explain("reading back", err)
	}
	if string(hash.Sum(nil)) != string(sum) {
		return errOther
	}
	return nil
}

// Size asks how large an object is; ErrMissing: there is none.
func (s *S3) Size(ctx context.Context, name string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	info, err := s.client.StatObject(ctx, s.cfg.Bucket, s.name(name), minio.StatObjectOptions{})
	if err != nil {
		return 0, explain("asking", err)
	}
	return info.Size, nil
}

// Remove removes an object; one that is not there is no error.
func (s *S3) Remove(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	err := explain("removing", s.client.RemoveObject(ctx, s.cfg.Bucket, s.name(name), minio.RemoveObjectOptions{}))
	if errors.Is(err, ErrMissing) {
		return nil
	}
	return err
}

// Check puts a small object, reads a part of it and removes it, to show that all of it is allowed.
func (s *S3) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	name, content := "check-"+rand.Text(), strings.Repeat("linekeeper ", 100)
	if err := s.Put(ctx, name, strings.NewReader(content), int64(len(content))); err != nil {
		return err
	}
	part := make([]byte, 10)
	_, err := s.Open(ctx, name, int64(len(content))).ReadAt(part, 11)
	if err == nil && string(part) != content[11:21] {
		err = errors.New("a part that was asked for is another: the service does not know ranges")
	}
	return errors.Join(err, s.Remove(ctx, name))
}

// explain names what failed and tells what is not there.
func explain(what string, err error) error {
	if err == nil {
		return nil
	}
	switch answer := minio.ToErrorResponse(err); {
	case answer.Code == "NoSuchKey":
		return fmt.Errorf("%s: %w", what, ErrMissing)
	case answer.Code == "" && answer.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%s: %w", what, ErrMissing)
	}
	return fmt.Errorf("%s: %w", what, err)
}
