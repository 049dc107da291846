//! Sources of `gatekeeper`, the edge proxy for partners (Go).

use super::File;

pub(crate) const FILES: &[File] = &[
    ("go.mod", GO_MOD),
    ("main.go", MAIN),
    ("proxy/tls.go", TLS),
    ("proxy/limits.go", LIMITS),
    ("verify/verify.go", VERIFY),
    ("verify/verify_test.go", VERIFY_TEST),
    ("deploy/values.yaml", VALUES),
    ("docs/runbook.md", RUNBOOK),
    (".ci/pipeline.yml", PIPELINE),
];

const GO_MOD: &str = r#"
module gatekeeper

go 1.23
"#;

const MAIN: &str = r#"
package main

import (
	"log"
	"net/http"
	"os"
	"time"

	"gatekeeper/proxy"
	"gatekeeper/verify"
)

func main() {
	keys, err := verify.LoadKeys(os.Getenv("PARTNER_KEY_DIR"))
	if err != nil {
		log.Fatalf("partner keys: %v", err)
	}
	handler := verify.Middleware(keys, proxy.Forward(os.Getenv("UPSTREAM")))
	server := &http.Server{
		Addr:              ":8443",
		Handler:           proxy.Limit(handler, 120, time.Minute),
		TLSConfig:         proxy.ServerTLS(os.Getenv("CLIENT_CA")),
		ReadHeaderTimeout: 5 * time.Second,
	}
	log.Fatal(server.ListenAndServeTLS("tls.crt", "tls.key"))
}
"#;

const TLS: &str = r#"
package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

// ServerTLS asks every partner for a certificate signed by our CA.
func ServerTLS(caFile string) *tls.Config {
	pool := x509.NewCertPool()
	if pem, err := os.ReadFile(caFile); err == nil {
		pool.AppendCertsFromPEM(pem)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		ClientAuth: tls.RequireAndVerifyClientCert,
		ClientCAs:  pool,
	}
}

// UpstreamTransport talks to the services behind us.
func UpstreamTransport() *http.Transport {
	return &http.Transport{
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost: 32,
	}
}

// Forward passes requests on to the upstream.
func Forward(upstream string) http.Handler {
	target, _ := url.Parse(upstream)
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.Transport = UpstreamTransport()
	return forward
}
"#;

const LIMITS: &str = r#"
package proxy

import (
	"net/http"
	"sync"
	"time"
)

type bucket struct {
	count int
	since time.Time
}

// Limit answers 429 when a partner sends more than `most` requests in `per`.
func Limit(next http.Handler, most int, per time.Duration) http.Handler {
	var mu sync.Mutex
	seen := map[string]*bucket{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		partner := r.Header.Get("X-Partner")
		mu.Lock()
		b := seen[partner]
		if b == nil || time.Since(b.since) > per {
			b = &bucket{since: time.Now()}
			seen[partner] = b
		}
		b.count++
		over := b.count > most
		mu.Unlock()
		if over {
			http.Error(w, "slow down", http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}
"#;

const VERIFY: &str = r#"
package verify

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

var ErrSignature = errors.New("signature does not match")

// LoadKeys reads one key file per partner.
func LoadKeys(dir string) (map[string][]byte, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.key"))
	if err != nil {
		return nil, err
	}
	keys := map[string][]byte{}
	for _, file := range files {
		key, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".key")
		keys[name] = bytes.TrimSpace(key)
	}
	return keys, nil
}

// Check compares the signature of a body in constant time.
func Check(body []byte, given string, key []byte) error {
	mac := hmac.New(sha256.New, key)
	mac.Write(body)
	want, err := hex.DecodeString(given)
	if err != nil || !hmac.Equal(mac.Sum(nil), want) {
		return ErrSignature
	}
	return nil
}

// Middleware refuses requests whose body is not signed by the partner.
func Middleware(keys map[string][]byte, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		key, known := keys[r.Header.Get("X-Partner")]
		if !known || Check(body, r.Header.Get("X-Halden-Signature"), key) != nil {
			http.Error(w, "forbidden", http.StatusForbidden)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}
"#;

const VERIFY_TEST: &str = r#"
package verify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func sign(body, key string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestRightSignaturePasses(t *testing.T) {
	if err := Check([]byte("a"), sign("a", "k"), []byte("k")); err != nil {
		t.Fatal(err)
	}
}

func TestWrongSignatureFails(t *testing.T) {
	for _, given := range []string{"", "zz", sign("b", "k"), sign("a", "other")} {
		if Check([]byte("a"), given, []byte("k")) == nil {
			t.Fatalf("%q passed", given)
		}
	}
}
"#;

const VALUES: &str = r#"
replicas: 3
image: registry.halden.example/gatekeeper:1.42.0
env:
  UPSTREAM: https://partners.svc.halden.example
  PARTNER_KEY_DIR: /etc/gatekeeper/keys
  CLIENT_CA: /etc/gatekeeper/ca.pem
resources:
  limits: { cpu: 500m, memory: 256Mi }
"#;

const RUNBOOK: &str = r#"
# gatekeeper runbook

**403 for one partner only.** Compare the key's age with the partner's rotation mail. Do not turn
the check off; ask the partner to resend with the old key.

**Rollout.** Tag, wait for the image, bump `deploy/values.yaml`, watch 5xx for ten minutes.

**Memory.** The limiter keeps one bucket for each partner; restart is safe.
"#;

const PIPELINE: &str = r#"
stages: [test, image, rollout]
test:
  script: [go vet ./..., go test ./...]
image:
  script: [docker build -t $IMAGE .]
rollout:
  when: manual
  variables: { TARGET: live }
  script: [helm upgrade gatekeeper deploy/]
"#;
