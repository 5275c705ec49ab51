import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const brand: MantineColorsTuple = [
  '#e6f5fa',
  '#cfe7f0',
  '#9fcfe0',
  '#6cb6d0',
  '#43a0c2',
  '#2a92b9',
  '#177ea3',
  '#0b6b8a',
  '#055873',
  '#00455c',
]

/** Cool greys: inputs and disabled parts take the last ones. */
const dark: MantineColorsTuple = [
  '#e6ebf0',
  '#c3ccd5',
  '#a3b0bc',
  '#7d8b98',
  '#475563',
  '#35414d',
  '#222d37',
  '#1a222a',
  '#141b22',
  '#0f151b',
]

export const theme = createTheme({
  colors: { brand, dark },
  primaryColor: 'brand',
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  fontFamily: "'Noto Sans Variable', 'Noto Sans Thai Variable', system-ui, sans-serif",
  fontSizes: { sm: '14px', md: '15px' },
  defaultRadius: 'md',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true, events: { hover: true, focus: true, touch: false } } },
    Modal: { defaultProps: { transitionProps: { duration: 0 } } },
    Menu: {
      defaultProps: { withinPortal: false, transitionProps: { duration: 0 }, withInitialFocusPlaceholder: false },
    },
    Popover: { defaultProps: { withinPortal: false, transitionProps: { duration: 0 } } },
  },
})

/** Mantine's own greys and reds are too faint for small text on our surfaces. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#18222c',
    '--mantine-color-dimmed': '#55626e',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b3261e',
    '--mantine-color-placeholder': '#626f7b',
    '--mantine-color-default-border': '#b9c2cb',
  },
  dark: {
    '--mantine-color-body': '#1a222a',
    '--mantine-color-text': '#e6ebf0',
    '--mantine-color-dimmed': '#a3b0bc',
    '--mantine-color-error': '#ff8f85',
    '--mantine-color-red-filled': '#c92a2a',
    '--mantine-color-red-filled-hover': '#b3261e',
    '--mantine-color-placeholder': '#9aa7b3',
    '--mantine-color-default': '#222d37',
    '--mantine-color-default-hover': '#2b3742',
    '--mantine-color-default-border': '#475563',
  },
})
