export const signIn = {
  title: 'Sign in',
  login: 'Login',
  password: 'Password',
  submit: 'Sign in',
  wrong: 'This login and password do not belong together. Check both and try again.',
  tooMany_one: 'Too many tries. You can try again in {{count}} second.',
  tooMany_other: 'Too many tries. You can try again in {{count}} seconds.',
  tooManySoon: 'Too many tries. Try again in a minute.',
  unavailable: 'The server does not answer. Check the network; what you typed is still here.',
  demo: 'Demo center',
  demoHint: 'Sign in as one of these people with one click.',
  demoDial: 'To call the center yourself, dial {{number}}',
  expired: 'You were signed out. Sign in to go on.',
}

export const password = {
  title: 'Change my password',
  intro: 'You stay signed in here. Everywhere else you are signed out.',
  current: 'Present password',
  new: 'New password',
  again: 'The new one again',
  differ: 'The two are not the same.',
  wrong: 'This is not your present password.',
  same: 'Choose one that differs from the present one.',
  done: 'The password is changed. Other sessions have ended.',
}
