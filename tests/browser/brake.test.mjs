// The brake, as its owner sees it: somebody waits, the clock passes what the rule allows, posts are held, she lets one
// out with a reason, answers, and the rest goes by itself.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

/// Ten minutes of the practice world in a second; a post's grace is five hours then, which is half a minute.
const SPEED = 600
const STEPS_MAX = 300
const HOUR_MS = 3_600_000

async function network(kith, address, body) {
  const base = kith.printed.match(/Practice server: (\S+)/)[1]
  const answer = await fetch(base + address, body && {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  })
  assert.ok(answer.ok, `${address}: ${answer.status} ${await answer.clone().text()}`)
  return answer.json()
}

async function until(check, what) {
  for (let i = 0; i < STEPS_MAX; i++) {
    if (await check()) return
    await new Promise((done) => setTimeout(done, 200))
  }
  assert.fail(`never: ${what}`)
}

/// A time of the practice world, so many hours from its present, as a form takes it.
function inHours(kith, hours) {
  const now = Date.parse(JSON.parse(fs.readFileSync(path.join(kith.data, 'demo.json'), 'utf8')).now)
  const part = Object.fromEntries(new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/London', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  }).formatToParts(now + hours * HOUR_MS).map(({ type, value }) => [type, value]))
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`
}

async function move(kith, page, address, hours) {
  await page.goto(kith.url + address)
  await page.locator('summary', { hasText: 'Another time' }).click()
  await page.getByLabel('Goes out at').fill(inHours(kith, hours))
  await page.getByRole('button', { name: 'Set this time' }).click()
  await page.getByText(/gave it another time/).first().waitFor()
}

const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
const isOut = async (kith, text) => (await network(kith, '/practice/state')).owner_statuses.some((post) => post.text.includes(text))

test('posts are held while somebody waits too long; one is let out with a reason; an answer lets the other go', async (t) => {
  const kith = await startKith(t, { args: ['--speed', String(SPEED), '--people', '1'] })
  await until(() => /Practice server: \S+/.test(kith.printed), 'the practice server is named')
  const page = await openPage(t, kith.link, { expected: /status of 422/ })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')

  // Two posts of the plan are due in some hours.
  await page.goto(kith.url + '/plan')
  const address = async (text) => page.locator('a', { hasText: text }).first().getAttribute('href')
  const [doors, tip] = [await address('Kiln tip 19 of 20'), await address('Kiln tip 20 of 20')]
  await move(kith, page, doors, 5)
  await move(kith, page, tip, 6)

  // Somebody writes; the rule is four hours.
  const statuses = (await network(kith, '/practice/state')).owner_statuses
  const words = 'Does the shelf need to be warm all the way through?'
  await network(kith, '/practice/act', { as: 'any', do: 'reply', status_id: statuses.at(-1).id ?? statuses.at(-1), text: words })
  await page.goto(kith.url + '/settings')
  const card = page.locator('#brake')
  await card.getByLabel('Hours somebody may wait').fill('4')
  await card.getByLabel('People who may wait at once').fill('4000')
  await card.locator('form').evaluate((form) => { form.noValidate = true })
  await card.getByRole('button', { name: 'Store the rule' }).click()
  await page.getByRole('alert').filter({ hasText: '1 to 1000 people' }).waitFor()
  await axe(page)
  await card.getByLabel('People who may wait at once').fill('')
  await card.getByRole('button', { name: 'Store the rule' }).click()
  await page.getByRole('status').filter({ hasText: 'Stored' }).waitFor()

  // It says beforehand what is going to happen.
  await page.goto(kith.url + '/')
  await page.locator('a', { hasText: words }).first().waitFor()
  await page.getByText(/Holds at \d\d:\d\d unless \S+ hears from you/).first().waitFor()
  await page.getByText(/Answer \S+ before \d\d:\d\d/).first().waitFor()
  await until(async () => (await page.getByText(/Brake closing/).count()) > 0 || (await page.reload(), false), 'the brake closes')
  await axe(page)

  // The clock passes it: the page, left open, says so once the first post is held, and names it.
  await page.getByRole('heading', { level: 1, name: /Posts are on hold\. .* has waited/ }).waitFor({ timeout: 60_000 })
  const hold = page.locator('section', { has: page.getByRole('heading', { name: 'On hold' }) })
  await hold.getByText('Kiln tip 20 of 20').waitFor({ timeout: 30_000 })
  await page.getByText('Posts on hold', { exact: true }).waitFor()
  assert.ok(!await isOut(kith, 'Kiln tip 19 of 20') && !await isOut(kith, 'Kiln tip 20 of 20'), 'nothing left')

  // One goes out, for a reason.
  const one = hold.locator('li', { hasText: 'Kiln tip 19 of 20' })
  await one.locator('summary').click()
  await one.getByLabel(/why it can’t wait/i).fill('The doors open tonight')
  await page.keyboard.press('Enter')
  await page.waitForURL(kith.url + '/')
  await until(() => isOut(kith, 'Kiln tip 19 of 20'), 'the one that was let out')
  assert.ok(!await isOut(kith, 'Kiln tip 20 of 20'), 'it alone')

  // She answers, and the other goes by itself, once.
  for (let i = 0; i < 5 && await page.locator('[data-begin]').count(); i++) {
    await page.locator('[data-begin]').click()
    await page.locator('#reply').fill(`Warm to the touch is enough. ${i}`)
    await page.getByRole('button', { name: /^send/i }).click()
    await page.locator('.said', { hasText: `is enough. ${i}` }).waitFor()
    await page.goto(kith.url + '/')
  }
  await until(() => isOut(kith, 'Kiln tip 20 of 20'), 'what was held goes out after the answer')
  const out = (await network(kith, '/practice/state')).owner_statuses.filter((post) => post.text.includes('Kiln tip 20 of 20'))
  assert.equal(out.length, 1, 'once')
  await page.goto(kith.url + '/')
  assert.equal(await page.getByText('Posts on hold', { exact: true }).count(), 0)
  await axe(page)

  await page.goto(kith.url + doors)
  await page.getByText(/let it out although somebody waited: “The doors open tonight”/).waitFor()
  await axe(page)
})

test('on a phone, in the dark, what is held stands on the page without a sideways scroll', async (t) => {
  const kith = await startKith(t, { args: ['--speed', '1', '--people', '1'] })
  const page = await openPage(t, kith.url + '/styleguide', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
  await page.getByRole('heading', { name: 'On hold' }).waitFor()
  await page.locator('summary', { hasText: 'Let this one out' }).first().click()
  await axe(page)
  assert.ok(await sideways(page) <= 0, 'no sideways scroll')
})
