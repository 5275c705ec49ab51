//go:build real

package webrtc_test

import (
	"testing"

	"linekeeper/internal/wire/rtctest"
)

func TestChromium(t *testing.T) { rtctest.Chromium(t, newEngine) }
