package api

import "net/http"

// Me is the person or token asking, with what the client needs before the first screen.
type Me struct {
	User        Person   `json:"user"`
	Permissions []string `json:"permissions" doc:"What this role may do; the client hides the rest"`
	Tenant      Tenant   `json:"tenant"`
	Version     string   `json:"version" doc:"Of the server"`
	Demo        bool     `json:"demo" doc:"This is the demo center"`
}

// Person is a user as others see him.
type Person struct {
	ID       string `json:"id"`
	Login    string `json:"login"`
	Name     string `json:"name"`
	Role     string `json:"role" enum:"agent,supervisor,quality,administrator"`
	Language string `json:"language" doc:"Own choice, or the tenant's: en, ru, th"`
	Phone    string `json:"phone" enum:"browser,sip,outside"`
}

// Tenant is the customer of the installation.
type Tenant struct {
	Name     string `json:"name"`
	TimeZone string `json:"time_zone" doc:"IANA name"`
	Language string `json:"language"`
}

// SignIn are credentials.
type SignIn struct {
	Login    string `json:"login" maxLength:"200"`
	Password string `json:"password" maxLength:"1000"`
}

type signInInput struct {
	Body SignIn
}

type meOutput struct {
	Body Me
}

type signedInOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Me
}

type signedOutOutput struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type nothing struct{}

// Demo is what the demo center offers on its first page.
type Demo struct {
	People []Person `json:"people" doc:"Sign in as one with a click"`
	Number string   `json:"number" doc:"Dial this"`
	Dial   string   `json:"dial" doc:"The same as an address for a SIP phone: sip:number@host:port"`
}

// DemoSignIn names one of the demo's people.
type DemoSignIn struct {
	Login string `json:"login" maxLength:"200"`
}

type demoOutput struct {
	Body Demo
}

type demoSignInInput struct {
	Body DemoSignIn
}

// FirstAdministrator redeems the one-time link the first start prints.
type FirstAdministrator struct {
	Token    string `json:"token" maxLength:"200" doc:"From the link"`
	Login    string `json:"login" maxLength:"200"`
	Name     string `json:"name" maxLength:"200"`
	Password string `json:"password" maxLength:"1000"`
	Language string `json:"language" enum:"en,ru,th"`
}

type setupInput struct {
	Body FirstAdministrator
}

// MyChoices are what a user may change of himself.
type MyChoices struct {
	Language string `json:"language" enum:"en,ru,th"`
}

type changeMeInput struct {
	Body MyChoices
}

// NewPassword is a change of the own password.
type NewPassword struct {
	Current  string `json:"current" minLength:"1" maxLength:"1000"`
	Password string `json:"password" minLength:"1" maxLength:"1000" doc:"The new one: 8 to 200 characters"`
}

type newPasswordInput struct {
	Body NewPassword
}

// Day are an agent's own figures of today in the tenant's time zone.
type Day struct {
	Calls    int64 `json:"calls"`
	TalkMs   int64 `json:"talk_ms"`
	WrapUpMs int64 `json:"wrap_up_ms"`
	Missed   int64 `json:"missed"`
	// What customers said of it.
	Ratings   int64 `json:"ratings" doc:"How often customers answered on a scale of 1 to 5"`
	RatingSum int64 `json:"rating_sum" doc:"The sum of these answers"`
	HoldMs    int64 `json:"hold_ms"`
	Handled   int64 `json:"handled" doc:"Calls that are over, wrap-up too; manual ones aside"`
	HandledMs int64 `json:"handled_ms" doc:"Their talk, hold and wrap-up"`
}

// Past are an agent's own days before today.
type Past struct {
	Items []PastDay `json:"items" doc:"The 28 days before today, the oldest first; a day without work too"`
}

// PastDay is one of them.
type PastDay struct {
	Date string `json:"date" format:"date" doc:"In the tenant's time zone"`
	Day
}

type pastOutput struct {
	Body Past
}

type dayOutput struct {
	Body Day
}
