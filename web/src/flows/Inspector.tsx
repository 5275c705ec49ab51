import { ActionIcon, Button, Select, Textarea, TextInput, Tooltip, UnstyledButton } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { useLanguage } from '../app/hooks.tsx'
import { Icon } from '../ui/Icon.tsx'
import { placeFor, tidied } from './arrange.ts'
import { Control } from './Control.tsx'
import { useEditor, useF, useHere } from './context.tsx'
import { grave } from './editor.ts'
import classes from './flows.module.css'
import {
  addNode,
  canRename,
  type FlowNode,
  giveParam,
  keypad,
  removeNodes,
  renameNode,
  setWay,
  type Way,
  waysOf,
} from './program.ts'
import { renamedTests } from './tests.ts'
import {
  groupOf,
  groups,
  iconOf,
  kindDoc,
  kindName,
  paramDoc,
  paramName,
  problemText,
  summary,
  wayName,
} from './words.ts'

/** All there is to say about the chosen node, made from the server's table of kinds. */
export function Inspector() {
  const t = useF()
  const { editor, kinds } = useHere()
  const { program, selected } = useEditor()
  const id = selected.length === 1 ? selected[0] : undefined
  const node = id === undefined ? undefined : program.nodes[id]
  if (id === undefined || node === undefined) {
    if (selected.length === 0) return <p className={classes.quiet}>{t('flow.nothingChosen')}</p>
    return (
      <div className={classes.stack}>
        <p>{t('flow.severalChosen', { count: selected.length })}</p>
        <Button
          variant="default"
          leftSection={<Icon name="trash" size={16} />}
          onClick={() => editor.change(removeNodes(program, selected, kinds), '', [])}
        >
          {t('flow.remove')}
        </Button>
      </div>
    )
  }
  return <One key={id} id={id} node={node} />
}

function One({ id, node }: { id: string; node: FlowNode }) {
  const t = useF()
  const { editor, kinds } = useHere()
  const { program, problems, field } = useEditor()
  const box = useRef<HTMLDivElement>(null)
  const kind = kinds.get(node.kind)
  useEffect(() => {
    if (field === '') return
    const at = box.current?.querySelector(`[data-field="${CSS.escape(field)}"]`)
    at?.scrollIntoView({ block: 'center' })
    at?.querySelector<HTMLElement>('input:not([type="radio"]), textarea, select, button')?.focus()
  }, [field])
  const wrong = (name: string) => {
    const here = problems.filter((p) => p.node === id && p.field === name)
    const first = grave(here)[0] ?? here[0]
    return first === undefined ? undefined : problemText(t, first)
  }
  const params = kind?.params ?? []
  const known = new Set([...params.map((p) => p.name), 'kind', 'next', 'edges', 'comment'])
  const others = Object.keys(node).filter((name) => !known.has(name))
  const fields = new Set([...params.map((p) => p.name), ...waysOf(kind, node).map((w) => fieldOf(w))])
  const general = problems.filter((p) => p.node === id && !fields.has(p.field ?? ''))
  const set = (name: string, value: unknown) =>
    editor.change(giveParam(editor.state.get().program, kind, id, name, value), `${id}.${name}`)
  return (
    <div className={classes.inspector} ref={box} data-testid="inspector" data-step={id}>
      <h2 className={classes.paneTitle} tabIndex={-1}>
        <Icon name={iconOf(kind, node.kind)} size={18} /> {kindName(t, node.kind)}
      </h2>
      <p className={classes.quiet}>
        {kind === undefined ? t('flow.unknownKind', { kind: node.kind }) : kindDoc(t, kind)}
      </p>
      {general.map((p) => (
        <p key={`${p.field} ${p.text}`} className={classes.wrong}>
          {p.field ? `${p.field}: ` : ''}
          {problemText(t, p)}
        </p>
      ))}
      <NameField id={id} />
      {params.map((p) => (
        <div key={p.name} data-field={p.name}>
          <Control
            param={p}
            node={node}
            value={node[p.name]}
            label={paramName(t, node.kind, p.name)}
            description={paramDoc(t, node.kind, p)}
            error={wrong(p.name)}
            required={p.required === true}
            onChange={(v) => set(p.name, v)}
          />
        </div>
      ))}
      {others.map((name) => (
        <div key={name} data-field={name}>
          <Control
            param={{ name, type: 'json', doc: '' }}
            node={node}
            value={node[name]}
            label={name}
            error={wrong(name)}
            onChange={(v) => set(name, v)}
          />
        </div>
      ))}
      <Ways id={id} node={node} wrong={wrong} />
      <Textarea
        label={t('flow.comment')}
        description={t('flow.commentHint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        autosize
        minRows={1}
        maxRows={6}
        value={node.comment ?? ''}
        onChange={(e) => set('comment', e.currentTarget.value === '' ? undefined : e.currentTarget.value)}
      />
      <ComesFrom id={id} />
      <div className={classes.buttons}>
        {program.start === id ? (
          <span className={classes.quiet}>{t('flow.isStart')}</span>
        ) : (
          <Button size="xs" variant="default" onClick={() => editor.change({ ...program, start: id })}>
            {t('flow.makeStart')}
          </Button>
        )}
        <Button
          size="xs"
          variant="subtle"
          color="red"
          leftSection={<Icon name="trash" size={14} />}
          onClick={() => editor.change(removeNodes(program, [id], kinds), '', [])}
          data-testid="remove-step"
        >
          {t('flow.remove')}
        </Button>
      </div>
    </div>
  )
}

const fieldOf = (w: Way) => (w.name === 'next' ? 'next' : `edges.${w.name}`)

/** The name follows what is typed when the field is left: every keystroke would be another node. */
function NameField({ id }: { id: string }) {
  const t = useF()
  const { editor } = useHere()
  const { program } = useEditor()
  const [name, setName] = useState(id)
  const good = canRename(program, id, name)
  const done = () => {
    if (good && name !== id) editor.change(renamedTests(renameNode(program, id, name), id, name), '', [name])
    else setName(id)
  }
  return (
    <TextInput
      label={t('flow.name')}
      description={t('flow.nameHint')}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={name}
      error={good ? undefined : t('flow.nameTaken')}
      autoComplete="off"
      spellCheck={false}
      onChange={(e) => setName(e.currentTarget.value)}
      onBlur={done}
      onKeyDown={(e) => e.key === 'Enter' && done()}
      data-testid="step-name"
    />
  )
}

function Ways({ id, node, wrong }: { id: string; node: FlowNode; wrong(field: string): string | undefined }) {
  const t = useF()
  const { editor, kinds } = useHere()
  const { program } = useEditor()
  const kind = kinds.get(node.kind)
  const language = useLanguage()
  const ways = waysOf(kind, node)
  const free = kind?.keys === true ? keypad.filter((k) => node.edges?.[k] === undefined) : []
  if (ways.length === 0 && free.length === 0) return <p className={classes.quiet}>{t('flow.lastStep')}</p>
  return (
    <fieldset className={classes.items}>
      <legend className={classes.label}>{t('flow.waysOut')}</legend>
      {ways.map((w) => (
        <div key={w.name} data-field={fieldOf(w)}>
          <WayField id={id} way={w} label={wayName(t, kind, w.name, { node, language })} error={wrong(fieldOf(w))} />
        </div>
      ))}
      {free.length > 0 && (
        <Select
          size="xs"
          searchable
          selectFirstOptionOnChange
          aria-label={t('flow.addKey')}
          placeholder={t('flow.addKey')}
          leftSection={<Icon name="plus" size={14} />}
          data={free.map((k) => ({ value: k, label: t('flow.key', { key: k }) }))}
          value={null}
          onChange={(k) => k !== null && editor.change(setWay(program, id, k, '', true))}
          data-testid="add-key"
        />
      )}
    </fieldset>
  )
}

const isNew = '+'

/** Where a way leads: one of the steps there are, or a new one of any kind. */
function WayField({ id, way, label, error }: { id: string; way: Way; label: string; error: string | undefined }) {
  const t = useF()
  const language = useLanguage()
  const { editor, kinds } = useHere()
  const { program } = useEditor()
  const key = way.from === 'key'
  const there = program.nodes[way.to] !== undefined
  const others = Object.entries(program.nodes).filter(([name]) => name !== id)
  const steps = others.map(([name, node]) => {
    const words = summary(kinds.get(node.kind), node, language)
    return {
      value: name,
      label: `${name} · ${kindName(t, node.kind)}${words === '' ? '' : ` · ${words.slice(0, 40)}`}`,
    }
  })
  steps.push({ value: id, label: `${id} · ${t('flow.itself')}` }) // last: who types "menu" in a menu wants another one
  const fresh = [...kinds.values()]
    .toSorted((a, b) => groups.indexOf(groupOf(a)) - groups.indexOf(groupOf(b)))
    .map((k) => ({ value: isNew + k.name, label: t('flow.newOf', { kind: kindName(t, k.name) }) }))
  const choose = (to: string | null) => {
    if (to === null) return
    const kind = to.startsWith(isNew) ? kinds.get(to.slice(1)) : undefined
    if (kind === undefined) {
      editor.change(tidied(program, setWay(program, id, way.name, to, key), kinds))
      return
    }
    const [next, made] = addNode(program, kind, placeFor(program, kinds, id, kind.name))
    const between = kind.next === true && there ? setWay(next, made, 'next', way.to) : next
    editor.change(tidied(program, setWay(between, id, way.name, made), kinds))
  }
  const unknown = way.to !== '' && !there ? [{ value: way.to, label: way.to }] : []
  const none = { value: '', label: way.optional ? t('flow.notNeeded') : t('flow.nowhere') }
  return (
    <div className={classes.wayField}>
      <Select
        size="xs"
        label={label}
        aria-label={t('flow.goesTo', { way: label })}
        data={[none, ...unknown, { group: t('flow.steps'), items: steps }, { group: t('flow.newStep'), items: fresh }]}
        value={way.to}
        onChange={choose}
        searchable
        selectFirstOptionOnChange
        allowDeselect={false}
        error={error}
        data-testid={`way-${way.name}`}
      />
      {there && (
        <Tooltip label={t('flow.goTo', { name: way.to })}>
          <ActionIcon
            variant="subtle"
            aria-label={t('flow.goTo', { name: way.to })}
            onClick={() => editor.select([way.to])}
            data-testid={`go-${way.name}`}
          >
            <Icon name="right" size={16} />
          </ActionIcon>
        </Tooltip>
      )}
      {key && (
        <ActionIcon
          variant="subtle"
          aria-label={t('flow.removeKey', { key: way.name })}
          onClick={() => editor.change(setWay(program, id, way.name, ''))}
        >
          <Icon name="cross" size={14} />
        </ActionIcon>
      )}
    </div>
  )
}

function ComesFrom({ id }: { id: string }) {
  const t = useF()
  const { editor, kinds } = useHere()
  const { program } = useEditor()
  const from = Object.entries(program.nodes).flatMap(([name, node]) => {
    const kind = kinds.get(node.kind)
    const ways = waysOf(kind, node).filter((w) => w.to === id)
    return ways.length === 0 ? [] : [{ name, ways: ways.map((w) => wayName(t, kind, w.name)).join(', ') }]
  })
  if (from.length === 0) return null
  return (
    <div>
      <span className={classes.label}>{t('flow.comesFrom')}</span>
      <ul className={classes.wayLinks}>
        {from.map((f) => (
          <li key={f.name}>
            <UnstyledButton className={classes.link} onClick={() => editor.select([f.name])}>
              {f.name}
            </UnstyledButton>{' '}
            ({f.ways})
          </li>
        ))}
      </ul>
    </div>
  )
}
