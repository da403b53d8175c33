// Pictures of every screen, in both themes and on a phone: `scripts/pictures` keeps them in docs/pictures.
import fs from 'node:fs'
import path from 'node:path'
import { test, after } from 'node:test'
import { closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)
const folder = path.resolve(import.meta.dirname, '../../docs/pictures')

test('pictures', async (t) => {
  fs.mkdirSync(folder, { recursive: true })
  const kith = await startKith(t, { opensAt: '2026-11-23T10:05:00Z' })
  const page = await openPage(t, kith.link, { expected: /./ })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  const inboxText = await page.evaluate(async () => (await fetch('/inbox')).text())
  const thread = inboxText.match(/\/inbox\/[0-9a-f]{32}/)[0]
  const planText = await page.evaluate(async () => (await fetch('/plan?show=published')).text())
  const post = planText.match(/\/plan\/[0-9a-f]{32}/)[0]
  const screens = { today: '/', plan: '/plan?view=list', week: '/plan', month: '/plan?view=month', hours: '/plan/hours', write: '/write', drafts: '/write/drafts', queue: '/plan/queue', series: '/plan/series/all', events: '/plan/events/all', 'plan-file': '/plan/file', post, inbox: '/inbox', people: '/people', followers: '/people/followers', later: '/inbox?show=later', found: '/inbox?q=kiln', begin: '/begin', thread, settings: '/settings', connect: '/settings/connect', limits: '/settings/limits', 'people-who-help': '/settings/people', you: '/settings/you', keys: '/settings/keys', data: '/settings/data' }
  await take(page, kith, screens)
})

/// The same four times: on a desk and on a phone, light and dark.
async function take(page, kith, screens) {
  for (const [size, width, height] of [['', 1440, 900], ['phone-', 390, 844]]) {
    for (const theme of ['light', 'dark']) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme: theme })
      for (const [name, to] of Object.entries(screens)) {
        await page.goto(kith.url + to)
        await page.evaluate(() => document.fonts.ready)
        await page.screenshot({ path: path.join(folder, `${size}${name}-${theme}.png`) })
      }
    }
  }
}

// Posts that could not go out: most missed their time, the rest wait for a sign-in.
test('pictures of what needs her', async (t) => {
  const kith = await startKith(t, { args: ['--speed', '3600', '--people', '0'] })
  const page = await openPage(t, kith.link, { expected: /./ })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  const practice = kith.printed.match(/Practice server: (\S+)/)[1]
  const ask = async (path, body) => (await fetch(practice + path, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  })).json()
  const noKey = { match: { method: 'POST', path_prefix: '/api/v1/statuses' }, effect: { status: 401 }, every: 1 }
  await ask('/practice/faults', noKey)
  await page.goto(kith.url + '/plan?show=needs-you')
  await page.getByRole('link', { name: /^sign in again/i }).first().waitFor({ timeout: 75_000 })
  await new Promise((done) => setTimeout(done, 60_000))
  await ask('/practice/faults/reset', {})
  const again = await page.getByRole('link', { name: /^sign in again/i }).first().getAttribute('href')
  await page.goto(kith.url + again)
  await page.getByLabel('Access token').fill((await ask('/practice/token', { as: 'mara' })).access_token)
  await page.getByRole('button', { name: 'Sign in again' }).click()
  await page.waitForURL(kith.url + '/settings')
  await ask('/practice/faults', noKey)
  await page.goto(kith.url + '/plan?show=needs-you')
  await page.getByRole('heading', { name: /waits for you to sign in again/i }).waitFor({ timeout: 75_000 })
  await take(page, kith, { 'needs-you': '/plan?show=needs-you', 'sign-in-again': again })
})

// The first day, before anything is there.
test('pictures of the first day', async (t) => {
  const kith = await startKith(t, { args: ['--fresh', '--people', '0'], opensAt: '2026-11-23T09:00:00Z' })
  const page = await openPage(t, kith.link, { expected: /./ })
  await take(page, kith, { welcome: new URL(kith.link).pathname })
  await page.getByLabel('Password').fill('a walk by the river')
  await page.getByRole('button', { name: 'Open Kith', exact: true }).click()
  await page.waitForURL(kith.url + '/')
  await take(page, kith, { 'first-day': '/' })
})
