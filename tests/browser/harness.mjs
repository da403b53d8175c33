// What every journey stands on: Kith in a folder of its own, a real Chromium, and axe.
//
//   const kith = await startKith(t)            a demo on a free port; ends with the test
//   const page = await openPage(t, kith.link)  signed in; fails the test on script errors and outside requests
//   await axe(page)                            fails on any violation
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { chromium } from 'playwright-core'

const START_MS_MAX = 60_000
const STOP_MS_MAX = 10_000
const PASS_MS_MAX = 120_000
const REST_MS_MAX = 5_000
const CLOSE_MS_MAX = 20_000
const ACTION_MS_MAX = 15_000
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const CHROMIUM_FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-quic', '--no-first-run',
]
const LOCAL = /^(data:|blob:|about:|https?:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/])/
const LINK = /https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+\/\S+/

/// Starts `kith demo` in a fresh folder, or in `dir`. Gives the sign-in link, the site's address, what was printed
/// so far, and `stop()`, which ends it as Ctrl-C does and gives its exit code. With `opensAt` (an instant such as
/// 2026-11-23T09:00:00Z) the page opens at that time, which stands still until `pass('90m')` lets a span go by: people
/// write, posts go out, and it returns when all of that is done.
export async function startKith(t, { args = [], env = {}, dir, opensAt, listen = '127.0.0.1:0' } = {}) {
  const program = process.env.KITH_BIN
  assert.ok(program, 'KITH_BIN names no program. Run: make test, or KITH_BIN=target/debug/kith node --test tests/browser/*.test.mjs')
  const data = dir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'kith-journey-'))
  const hand = opensAt ? ['--opens-at', opensAt, '--by-hand'] : []
  const child = spawn(program, ['demo', '--data', data, '--listen', listen, ...hand, ...args], {
    env: { ...process.env, ...env }, stdio: [opensAt ? 'pipe' : 'ignore', 'pipe', 'pipe'],
  })
  const kith = { data, printed: '', link: null, url: null, stop, pass }
  const ended = new Promise((done) => child.once('close', (code) => done(code)))
  child.stderr.on('data', (part) => { kith.printed += part })

  async function pass(span) {
    const from = kith.printed.length
    const told = new Promise((done) => child.stdout.on('data', function heard() {
      const line = kith.printed.slice(from).match(/^(It is (\S+)|Time stopped.*|'.*)$/m)
      if (line) { child.stdout.off('data', heard); done(line) }
    }))
    child.stdin.write(span + '\n')
    const late = new Promise((done) => setTimeout(done, PASS_MS_MAX).unref())
    const line = await Promise.race([told, late])
    assert.ok(line, `${span} did not pass in ${PASS_MS_MAX} ms:\n${kith.printed.slice(-2000)}`)
    assert.ok(line[2], line[0])
    return line[2]
  }

  async function stop() {
    child.kill('SIGINT')
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
    const code = await ended
    clearTimeout(kill)
    return code
  }
  t.after(async () => {
    // Pages first: a page whose server ends under it has problems of its own.
    try {
      for (const close of pagesOf(t)) await close()
    } finally {
      await stop()
    }
    if (!dir) fs.rmSync(data, { recursive: true, force: true })
  })

  await new Promise((done, failed) => {
    const late = setTimeout(() => failed(new Error(`no sign-in link after ${START_MS_MAX} ms:\n${kith.printed}`)), START_MS_MAX)
    const over = (then) => { clearTimeout(late); then() }
    child.once('error', (error) => over(() => failed(new Error(`${program} did not start: ${error.message}`))))
    child.once('close', (code) => over(() => failed(new Error(`kith demo ended with ${code}:\n${kith.printed}`))))
    child.stdout.on('data', (part) => {
      kith.printed += part
      const link = kith.printed.match(LINK)
      if (link) over(() => { kith.link = link[0]; kith.url = new URL(link[0]).origin; done() })
    })
  })
  return kith
}

/// What closes the pages of a test, each once.
const closers = new WeakMap()
const pagesOf = (t) => closers.get(t) ?? closers.set(t, []).get(t)

function executable() {
  const found = ['chromium', 'chromium-browser', 'google-chrome']
    .map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim())
    .find(Boolean)
  assert.ok(found, 'Chromium is missing. Run: scripts/setup browser')
  return found
}

let browser
/// One Chromium for all tests of a file; each page has a session of its own.
async function theBrowser() {
  browser ??= chromium.launch({ executablePath: executable(), args: CHROMIUM_FLAGS })
  return browser
}

/// To be called once in each file: `after(closeBrowser)`.
export async function closeBrowser() {
  await (await browser)?.close()
  browser = undefined
}

/// Opens a page in a session of its own. When the test ends, script errors, console errors and requests that would
/// leave the machine fail it, but for those that `expected` (a pattern) names. `options` are Playwright's for a context,
/// such as `{ viewport, colorScheme, locale }`.
export async function openPage(t, url, { expected, ...options } = {}) {
  const context = await (await theBrowser()).newContext({ viewport: { width: 1280, height: 900 }, ...options })
  context.setDefaultTimeout(ACTION_MS_MAX)
  const problems = []
  await context.route((to) => !LOCAL.test(to.href), (route) => {
    problems.push(`asked for ${route.request().url()}`)
    return route.abort()
  })
  const page = await context.newPage()
  // A key pressed while the page is still loading is a key that nobody hears: the hand waits until the page is there.
  const press = page.keyboard.press.bind(page.keyboard)
  page.keyboard.press = async (...key) => { await page.waitForLoadState('load'); return press(...key) }
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`))
  page.on('console', (message) => { if (message.type() === 'error') problems.push(`console: ${message.text()}`) })
  let closed
  const close = () => (closed ??= closeAndJudge())
  pagesOf(t).push(close)
  t.after(close)
  async function closeAndJudge() {
    // Chromium may wait for ever to end a session whose page is on its way somewhere: first it comes to rest.
    for (const open of context.pages()) await open.goto('about:blank', { timeout: REST_MS_MAX }).catch(() => {})
    await withinOrGone(context.close())
    assert.deepEqual(problems.filter((problem) => !expected?.test(problem)), [], 'the page had problems')
  }
  await page.goto(url)
  return page
}

/// Waits for a session's end; a Chromium that does not end it in time is left behind, and the next page gets a new one.
async function withinOrGone(closing) {
  const late = new Promise((done) => setTimeout(done, CLOSE_MS_MAX, 'late').unref())
  if (await Promise.race([closing, late]) !== 'late') return
  const stuck = await browser
  browser = undefined
  void stuck?.close().catch(() => {})
}

/// A colour on its way from one theme to the other is neither: what changes is waited for.
const atRest = async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  const changing = document.getAnimations().filter((one) => one instanceof CSSTransition)
  await Promise.all(changing.map((one) => one.finished.catch(() => {})))
}

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/// Fails on any violation of WCAG 2.0 to 2.2 (A, AA) or axe's best practice. Evaluated by the debugger, so the
/// page's own content policy does not stand in the way. `include`: a selector to look at only a part.
export async function axe(page, { include } = {}) {
  await page.evaluate(axeSource)
  await page.evaluate(atRest)
  const violations = await page.evaluate(async ([tags, include]) => {
    const found = await globalThis.axe.run(include ?? document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] })
    return found.violations.map((v) => ({
      rule: v.id, help: v.help, where: v.nodes.map((n) => `${n.target.join(' ')}: ${n.failureSummary}`),
    }))
  }, [AXE_TAGS, include])
  const told = violations.map((v) => `${v.rule}: ${v.help}\n  ${v.where.join('\n  ')}`).join('\n')
  assert.equal(violations.length, 0, `axe found on ${page.url().slice(0, 80)}:\n${told}`)
}
