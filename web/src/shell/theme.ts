import { createTheme, type MantineColorsTuple } from '@mantine/core'

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

export const theme = createTheme({
  colors: { brand },
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
  },
})
