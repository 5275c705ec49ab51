export const plugins = {
  url: 'Address',
  urlHint:
    'Asked by POST during the talk; /manifest behind it tells what it offers. Hosts of the own network must be in the server’s flow-hosts.',
  secret: 'Secret of the signature',
  secretHint:
    'What the plug-in is asked carries a signature (HMAC-SHA256). Kept sealed and never shown again. Empty: stays as it is.',
  timeout: 'Answers within, seconds',
  timeoutHint: '0: 2 seconds. Later the flow goes its way for failures.',
  offers: 'Offers',
  none: 'What it offers is not known yet: flows cannot use it.',
  read: 'Read the manifest',
  readHint: 'Asks the plug-in what it offers and keeps that. Save first.',
  wasRead: '“{{name}}” offers: {{count}}',
  talks: 'talks with the customer',
  parameters: 'Parameters',
  results: 'Results',
  branches: 'Ways out',
  wants: 'Is told',
}
