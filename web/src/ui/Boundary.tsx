import { Component, type ReactNode } from 'react'

interface Props {
  children: ReactNode
  failed: ReactNode
  /** Another value tries again. */
  resetKey: string
}

/** Keeps a failure in one part of the screen from taking the rest with it. */
export class Boundary extends Component<Props, { failedAt: string | null }> {
  override state: { failedAt: string | null } = { failedAt: null }

  static getDerivedStateFromError(): { failedAt: string } {
    return { failedAt: '' }
  }

  override componentDidUpdate(before: Props): void {
    if (before.resetKey !== this.props.resetKey && this.state.failedAt !== null) this.setState({ failedAt: null })
  }

  override render(): ReactNode {
    return this.state.failedAt === null ? this.props.children : this.props.failed
  }
}
