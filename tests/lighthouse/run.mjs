// Lighthouse over the main screens of a demonstration: performance, accessibility, best practices and search.
//
//   KITH_BIN=target/release/kith LIGHTHOUSE=.tools/lighthouse node tests/lighthouse/run.mjs [runs] [desktop|mobile]
//
// Each screen is the median of its runs. It ends with 1 when a score is below what the page is meant to reach, and
// says which checks took points away.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const START_MS_MAX = 60_000
const SCREENS = { Today: '/', Inbox: '/inbox', Plan: '/plan', Write: '/write', 'sign-in': '/sign-in' }
const KINDS = ['performance', 'accessibility', 'best-practices', 'seo']
// What the page is meant to reach (2026-11): a phone's speed is simulated on a slow line, and search has nothing to find.
const LEAST = { desktop: [95, 95, 95, 95], mobile: [90, 100, 95, 95] }
const LINK = /https?:\/\/(?:127\.0\.0\.1|localhost):\d+\/\S+/

const runs = Number(process.argv[2] ?? 1)
const forms = process.argv[3] ? [process.argv[3]] : ['desktop', 'mobile']
const home = path.resolve(process.env.LIGHTHOUSE)
const require = createRequire(path.join(home, 'package.json'))
const load = async (name) => import(pathToFileURL(require.resolve(name)))
const [{ default: lighthouse, desktopConfig }, launcher] = [await load('lighthouse'), await load('chrome-launcher')]

const data = fs.mkdtempSync(path.join(os.tmpdir(), 'kith-lighthouse-'))
const kith = spawn(process.env.KITH_BIN, ['demo', '--data', data, '--listen', '127.0.0.1:0', '--speed', '1'], { stdio: ['ignore', 'pipe', 'pipe'] })
let chrome
try {
  const link = await signInLink()
  const url = new URL(link).origin
  const cookie = await signIn(link, url)
  chrome = await launcher.launch({ chromePath: process.env.CHROMIUM ?? '/usr/bin/chromium', chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--no-first-run'] })
  let short = false
  for (const form of forms) {
    console.log(`\n${form}: ${KINDS.join(', ')}; LCP, TBT, CLS, bytes (median of ${runs})`)
    for (const [name, to] of Object.entries(SCREENS)) short = !(await screen(form, name, url + to, name === 'sign-in' ? {} : { Cookie: cookie })) || short
  }
  process.exitCode = short ? 1 : 0
} finally {
  await chrome?.kill()
  kith.kill('SIGINT')
  await new Promise((done) => kith.once('close', done))
  fs.rmSync(data, { recursive: true, force: true })
}

function signInLink() {
  return new Promise((done, failed) => {
    let printed = ''
    const late = setTimeout(() => failed(new Error(`no sign-in link:\n${printed}`)), START_MS_MAX)
    const read = (part) => {
      printed += part
      const link = printed.match(LINK)
      if (link) { clearTimeout(late); done(link[0]) }
    }
    kith.stdout.on('data', read)
    kith.stderr.resume()
    kith.once('error', failed)
  })
}

/// Presses the button of the link's page, as a browser on that page would.
async function signIn(link, url) {
  const answer = await fetch(link, { method: 'POST', redirect: 'manual', headers: { origin: url, 'content-type': 'application/x-www-form-urlencoded' }, body: '' })
  const cookie = answer.headers.getSetCookie().find((one) => one.startsWith('kith='))
  if (!cookie) throw new Error(`signing in answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
  return cookie.split(';')[0]
}

async function screen(form, name, url, headers) {
  const seen = []
  for (let n = 0; n < runs; n++) {
    const flags = { port: chrome.port, onlyCategories: KINDS, extraHeaders: headers, disableStorageReset: false, logLevel: 'error' }
    const { lhr } = await lighthouse(url, flags, form === 'desktop' ? desktopConfig : undefined)
    if (lhr.runtimeError) throw new Error(`${name}: ${lhr.runtimeError.message}`)
    if (new URL(lhr.finalDisplayedUrl).pathname !== new URL(url).pathname) throw new Error(`${name} led to ${lhr.finalDisplayedUrl}`)
    seen.push(lhr)
  }
  const median = (of) => seen.map(of).sort((a, b) => a - b)[Math.floor((seen.length - 1) / 2)]
  const scores = KINDS.map((kind) => median((lhr) => Math.round(lhr.categories[kind].score * 100)))
  const figure = (id) => median((lhr) => lhr.audits[id].numericValue)
  const [lcp, tbt, cls, bytes] = ['largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift', 'total-byte-weight'].map(figure)
  const reached = scores.every((score, at) => score >= LEAST[form][at])
  console.log(`  ${name.padEnd(8)} ${scores.join(' ')}   LCP ${Math.round(lcp)} ms, TBT ${Math.round(tbt)} ms, CLS ${cls.toFixed(3)}, ${Math.round(bytes / 1000)} KB${reached ? '' : '   below the aim'}`)
  const last = seen.at(-1)
  for (const [at, kind] of KINDS.entries()) {
    if (scores[at] >= 100 || (kind === 'performance' && scores[at] >= LEAST[form][at])) continue
    for (const { id, weight } of last.categories[kind].auditRefs) {
      const audit = last.audits[id]
      if (weight > 0 && audit.score !== null && audit.score < 0.9) console.log(`           ${kind}: ${audit.title} (${id}) ${audit.displayValue ?? ''}`)
    }
  }
  return reached
}
