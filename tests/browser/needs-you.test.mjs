// What needs her, as its owner sees it: a key that no longer works, posts that missed their time, one that may be out.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

/// An hour of the practice world in a second: posts come due every ten to twenty seconds, and their grace is thirty.
const SPEED = 3600
const STEPS_MAX = 300

async function network(kith, path, body) {
  const base = kith.printed.match(/Practice server: (\S+)/)[1]
  const answer = await fetch(base + path, body && {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  })
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`)
  return answer.json()
}

async function begin(t, speed, options) {
  const kith = await startKith(t, { args: ['--speed', String(speed), '--people', '0'] })
  await until(() => /Practice server: \S+/.test(kith.printed), 'the practice server is named')
  const page = await openPage(t, kith.link, options)
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  return { kith, page }
}

async function until(check, what) {
  for (let i = 0; i < STEPS_MAX; i++) {
    if (await check()) return
    await new Promise((done) => setTimeout(done, 250))
  }
  assert.fail(`never: ${what}`)
}

const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
const published = async (kith) => (await network(kith, '/practice/state')).owner_statuses.length

test('a dead key holds the posts; signed in again on the page they go by themselves, and a missed one when she says so', async (t) => {
  const { kith, page } = await begin(t, SPEED, { viewport: { width: 390, height: 844 }, expected: /status of 422/ })
  await network(kith, '/practice/faults', { match: { method: 'POST', path_prefix: '/api/v1/statuses' }, effect: { status: 401 }, every: 1 })
  // The page is open and hears of it.
  await page.goto(kith.url + '/plan?show=needs-you')
  const held = page.getByRole('heading', { name: /waits for you to sign in again/i })
  await held.waitFor({ timeout: 75_000 })
  await axe(page)
  assert.ok(await sideways(page) <= 0, 'no sideways scroll')
  await page.goto(kith.url + '/')
  await page.getByText(/must be signed in again/i).first().waitFor()
  await page.getByRole('link', { name: 'Decide' }).click()
  await page.waitForURL(/show=needs-you/)

  // Its grace passes; by then it asks instead of going out late.
  await new Promise((done) => setTimeout(done, 40_000))
  const before = await published(kith)
  await network(kith, '/practice/faults/reset', {})
  await page.getByRole('link', { name: /^sign in again/i }).first().click()
  await page.waitForURL(/\/settings\/channels\//)
  await axe(page)
  await page.getByLabel('Access token').fill('not the right one')
  await page.getByRole('button', { name: 'Sign in again' }).click()
  await page.getByRole('alert').waitFor()
  await axe(page)
  assert.match(await page.getByLabel('Server').inputValue(), /127\.0\.0\.1/, 'what was typed stays')
  const fresh = await network(kith, '/practice/token', { as: 'mara' })
  await page.getByLabel('Access token').fill(fresh.access_token ?? fresh.token)
  await page.getByRole('button', { name: 'Sign in again' }).click()
  await page.waitForURL(kith.url + '/settings')
  await page.getByText('Connected').first().waitFor()

  await page.goto(kith.url + '/plan?show=needs-you')
  const missed = page.locator('section', { has: page.getByRole('heading', { name: 'Missed their time' }) })
  await missed.waitFor()
  await axe(page)
  const words = await missed.locator('h3').first().innerText()
  await missed.getByRole('button', { name: /^send it now/i }).first().click()
  await page.getByRole('status').filter({ hasText: 'It goes out now' }).waitFor()
  await until(async () => (await network(kith, '/practice/state')).owner_statuses.some((post) => post.text.includes(words.slice(0, 14))), words)
  // And what came due after the sign-in went out by itself.
  await until(async () => await published(kith) > before + 1, 'a later post goes by itself')
  assert.ok(await sideways(page) <= 0, 'no sideways scroll')
})

test('a post of which nobody knows is answered by keyboard: it is there', async (t) => {
  const { kith, page } = await begin(t, SPEED, { expected: /status of 422/ })
  await network(kith, '/practice/faults', {
    match: { method: 'POST', path_prefix: '/api/v1/statuses' }, effect: 'drop_after_commit', every: 1,
  })
  await network(kith, '/practice/faults', { match: { method: 'GET', path_prefix: '/api/v1/accounts' }, effect: { status: 503 }, every: 1 })
  await page.goto(kith.url + '/plan?show=needs-you')
  await page.getByRole('heading', { name: 'Is it there?' }).waitFor({ timeout: 75_000 })
  await network(kith, '/practice/faults/reset', {})
  await axe(page)
  const post = page.locator('section', { has: page.getByRole('heading', { name: 'Is it there?' }) }).locator('li').first()
  const address = await post.locator('h3 a').getAttribute('href')
  const there = (await network(kith, '/practice/state')).owner_statuses.at(-1)
  const link = there.url ?? `${kith.url}/@mara/${there.id ?? there}`

  const field = post.getByLabel(/it is there, at this address/i)
  await field.focus()
  await page.keyboard.type('not an address')
  await page.keyboard.press('Enter')
  assert.equal(await field.inputValue(), 'not an address', 'the browser asks for an address, and nothing is lost')
  await field.fill('')
  await page.keyboard.type(link)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('status').filter({ hasText: 'Stored: it is there' }).waitFor()
  await page.goto(kith.url + address)
  await page.getByText('Published').first().waitFor()
  await page.getByText(/Mara Okonjo found it on the network/).waitFor()
  assert.equal(await page.getByRole('link', { name: 'See it there' }).getAttribute('href'), link)
  await axe(page)
})

test('a planned post gets another time, and a time that has passed is refused with what was typed', async (t) => {
  const { kith, page } = await begin(t, 1, { expected: /status of 422/ })
  await page.goto(kith.url + '/plan?view=list')
  await page.getByText('Kiln tip 20 of 20').first().click()
  await page.waitForURL(/\/plan\/\w+/)
  await page.locator('summary', { hasText: 'Another time' }).click()
  await page.getByLabel('Goes out at').fill('2020-01-01T09:30')
  await page.getByRole('button', { name: 'Set this time' }).click()
  await page.getByRole('alert').filter({ hasText: 'has passed already' }).waitFor()
  assert.equal(await page.getByLabel('Goes out at').inputValue(), '2020-01-01T09:30')
  await axe(page)
  const year = new Date().getFullYear() + 1
  await page.getByLabel('Goes out at').fill(`${year}-05-04T09:30`)
  await page.getByRole('button', { name: 'Set this time' }).click()
  await page.getByRole('heading', { level: 1, name: /4 May, 09:30/ }).waitFor()
  await page.getByText(/Mara Okonjo gave it another time/).waitFor()
})
