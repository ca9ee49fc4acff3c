import { z } from 'zod'
import type { RouteContract } from '#base/route-contract'

/** A page for people about these routes: no script, no file from elsewhere. */
export function docsPage(routes: readonly RouteContract[], version: string): string {
  const tags = [...new Set(routes.map(({ tag }) => tag))]
  const sections = tags.map((tag) =>
    section(
      tag,
      routes.filter((route) => route.tag === tag),
    ),
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hearth API</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Hearth <small>${escapeHtml(version)}</small></h1>
<p>Everything this Hearth answers. The same as a file for programs: <a href="openapi.json">openapi.json</a>.
Send a key as <code>Authorization: Bearer KEY</code>; <code>hearth keys create</code> makes one.</p>
<nav>${tags.map((tag) => `<a href="#${escapeHtml(tag)}">${escapeHtml(tag)}</a>`).join(' ')}</nav>
</header>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`
}

function section(tag: string, routes: readonly RouteContract[]): string {
  return `<section id="${escapeHtml(tag)}"><h2>${escapeHtml(tag)}</h2>${routes.map(entry).join('')}</section>`
}

function entry(route: RouteContract): string {
  const answers = Object.entries(route.answers).map(
    ([status, { description }]) => `<li><b>${status}</b> ${prose(description)}</li>`,
  )
  const body = route.body instanceof z.ZodObject ? route.body.shape : {}
  return `<article>
<h3><span class="method ${route.method.toLowerCase()}">${route.method}</span> <code>${escapeHtml(route.path)}</code>
<span class="scope">${route.scope === 'open' ? 'no key needed' : `scope ${route.scope}`}</span></h3>
<p>${prose(route.summary)} ${prose(route.description ?? '')}</p>
${fields('Parameters', { ...route.params?.shape, ...route.query?.shape })}
${fields('Body', body)}
<p class="label">Answers</p><ul>${answers.join('')}</ul>
</article>`
}

function fields(title: string, shape: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(shape).map(([name, schema]) => {
    const { description = '' } = schema as z.ZodType
    const isOptional = (schema as z.ZodType).safeParse(undefined).success
    return `<li><code>${escapeHtml(name)}</code> ${isOptional ? '<i>optional</i> ' : ''}${prose(description)}</li>`
  })
  return rows.length === 0 ? '' : `<p class="label">${title}</p><ul>${rows.join('')}</ul>`
}

/** Text of a contract: what stands between backticks is code. */
function prose(text: string): string {
  return escapeHtml(text).replace(/&#96;(.+?)&#96;/g, '<code>$1</code>')
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => `&#${String(character.charCodeAt(0))};`)
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --ember: #c2410c; --soft: #8881; }
* { box-sizing: border-box }
body { font: 16px/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem 1.25rem 4rem }
h1 { color: var(--ember); margin: .5rem 0 } h1 small { font-size: .5em; opacity: .6; font-weight: 400 }
h2 { border-bottom: 2px solid var(--ember); padding-bottom: .2rem; margin-top: 2.5rem }
h3 { font-size: 1rem; margin: 0; display: flex; flex-wrap: wrap; gap: .5rem; align-items: baseline }
article { border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem; margin: .8rem 0 }
article p { margin: .4rem 0 } ul { margin: .3rem 0; padding-left: 1.2rem } .label { font-size: .85rem; opacity: .7 }
code { font-family: ui-monospace, monospace; background: var(--soft); padding: .1em .3em; border-radius: .3em; overflow-wrap: anywhere }
.method { font: 600 .8rem ui-monospace, monospace; padding: .1rem .45rem; border-radius: .3rem; color: #fff; background: #475569 }
.get { background: #15803d } .post { background: #1d4ed8 } .delete { background: #b91c1c }
.scope { font-size: .8rem; opacity: .7; margin-left: auto }
nav { display: flex; flex-wrap: wrap; gap: .8rem } a { color: var(--ember) }
`
