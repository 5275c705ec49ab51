package srtp

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/pion/logging"
)

// loggers gives pion's messages to our log as debug messages: what matters of them shows in states.
type loggers struct{ log *slog.Logger }

// NewLogger implements pion's LoggerFactory.
func (l loggers) NewLogger(scope string) logging.LeveledLogger {
	return logger{l.log.With("pion", scope)}
}

type logger struct{ log *slog.Logger }

func (l logger) say(level, msg string) { l.log.Debug(msg, "level", level) }

func (l logger) sayf(level, format string, args ...any) {
	if l.log.Enabled(context.Background(), slog.LevelDebug) {
		l.say(level, fmt.Sprintf(format, args...))
	}
}

func (l logger) Trace(string)                 {}
func (l logger) Tracef(string, ...any)        {}
func (l logger) Debug(msg string)             { l.say("debug", msg) }
func (l logger) Debugf(f string, args ...any) { l.sayf("debug", f, args...) }
func (l logger) Info(msg string)              { l.say("info", msg) }
func (l logger) Infof(f string, args ...any)  { l.sayf("info", f, args...) }
func (l logger) Warn(msg string)              { l.say("warn", msg) }
func (l logger) Warnf(f string, args ...any)  { l.sayf("warn", f, args...) }
func (l logger) Error(msg string)             { l.say("error", msg) }
func (l logger) Errorf(f string, args ...any) { l.sayf("error", f, args...) }
