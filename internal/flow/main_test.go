package flow

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine is left by any test.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
