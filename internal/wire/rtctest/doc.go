// Package rtctest holds what every implementation of a browser's endpoint must do, as tests: against
// a pion client in a browser's place and against a real Chromium. wire/rtc runs them; another
// implementation is compared by running them too. It is not part of the product.
package rtctest
