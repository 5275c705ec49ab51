import { useComputedColorScheme } from '@mantine/core'
import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import classes from './reports.module.css'

use([BarChart, LineChart, AriaComponent, GridComponent, TooltipComponent, CanvasRenderer])

export interface ChartProps {
  kind: 'bar' | 'line'
  label: string
  names: string[]
  values: (number | null)[]
  show(value: number): string
}

/** A chart; what it shows stands in the table below it as well. */
export function Chart({ kind, label, names, values, show }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const scheme = useComputedColorScheme('light')
  const shown = JSON.stringify([kind, label, names, values, values.map((v) => v !== null && show(v)), scheme])
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn anew when what it shows or its colours differ
  useEffect(() => {
    const { current } = box
    if (current === null) return
    const style = getComputedStyle(current)
    const color = (name: string) => style.getPropertyValue(name).trim()
    const chart = init(current)
    const text = { color: color('--lk-quiet'), fontFamily: style.fontFamily, fontSize: 13 }
    chart.setOption({
      animation: false,
      aria: { enabled: true, label: { description: label } },
      // Rich text, not HTML: the page's policy allows no inline styles.
      tooltip: {
        trigger: 'axis',
        renderMode: 'richText',
        valueFormatter: (v: unknown) => (typeof v === 'number' ? show(v) : '–'),
      },
      grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
      xAxis: {
        type: 'category',
        data: names,
        axisLabel: { ...text, hideOverlap: true, width: 190, overflow: 'truncate' },
      },
      yAxis: {
        type: 'value',
        axisLabel: { ...text, formatter: show },
        splitLine: { lineStyle: { color: color('--lk-line') } },
      },
      series: [
        kind === 'bar'
          ? { type: 'bar', data: values, barMaxWidth: 56, itemStyle: { color: color('--lk-active') } }
          : { type: 'line', data: values, showSymbol: values.length < 40, itemStyle: { color: color('--lk-active') } },
      ],
    })
    const watch = new ResizeObserver(() => chart.resize())
    watch.observe(current)
    return () => {
      watch.disconnect()
      chart.dispose()
    }
  }, [shown])
  return <div className={classes.chart} ref={box} role="img" aria-label={label} data-testid="chart" />
}
