// The brake, as its owner meets it: somebody waits past a day, the next post is held and says why, one is let out with
// a reason, an answer lets the rest go. Time is moved by hand.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

const OPENS = '2026-11-23T10:00:00Z'
const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
const network = async (kith, path, order) => {
  const url = kith.printed.match(/Practice server: (\S+)/)[1].replace(/\/$/, '')
  const answer = await fetch(url + path, order && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) })
  const text = await answer.text()
  assert.equal(answer.status, 200, `${path}: ${text}`)
  return text && JSON.parse(text)
}

/// Lets hours pass; a session that nobody uses for twelve hours ends, so she looks in on the way.
async function hours(page, kith, n) {
  for (let left = n; left > 0; left -= 8) {
    await kith.pass(`${Math.min(left, 8)}h`)
    await page.goto(kith.url + '/')
  }
}

/// Answers whoever waits longest, until nobody waits.
async function answerAll(page, kith) {
  for (let n = 0; n < 20; n++) {
    await page.goto(kith.url + '/')
    const begin = page.locator('[data-begin]')
    if (!(await begin.count())) return n
    await begin.click()
    await page.locator('#reply').fill(`Thank you for asking. This is my answer, number ${n + 1}.`)
    await page.locator('#reply').press('Control+Enter')
    await page.getByText(`This is my answer, number ${n + 1}.`).first().waitFor()
  }
  assert.fail('somebody still waits after twenty answers')
}

test('a post is held when somebody has waited a day, one is let out with a reason, an answer lets the rest go', async (t) => {
  const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '1'] })
  const page = await openPage(t, kith.link)
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  await answerAll(page, kith)
  await page.goto(kith.url + '/')
  await page.getByText('Nobody is waiting for you.').waitFor()

  const post = (await network(kith, '/practice/state')).owner_statuses.at(-1)
  await network(kith, '/practice/act', { as: 'any', do: 'reply', status_id: post.id ?? post, text: 'Which clay should a beginner buy?' })
  await kith.pass('10m')
  await page.getByText('Which clay should a beginner buy?').first().waitFor()

  await hours(page, kith, 22)
  assert.match(await page.locator('.say').innerText(), /Answer .* before (Tue )?\d\d:\d\d/, 'the page says until when')
  await axe(page)

  await hours(page, kith, 11)
  await page.getByRole('heading', { name: /on hold/i }).first().waitFor()
  assert.match(await page.locator('h1').innerText(), /hold/)
  const held = page.locator('.asks li')
  const before = await held.count()
  assert.ok(before >= 1, 'the afternoon’s post is held')
  await axe(page)

  // Let one out: a reason is asked for, and kept.
  await held.first().locator('summary').click()
  const words = await held.first().locator('h3').innerText()
  await held.first().locator('input[type=text], textarea').first().fill('The fair opens at six, this can not wait')
  await held.first().getByRole('button').last().click()
  await page.waitForLoadState()
  await kith.pass('10m')
  await page.goto(kith.url + '/plan?show=all')
  await page.getByText(words.slice(0, 30)).first().click()
  await page.getByText('The fair opens at six').first().waitFor()
  await axe(page)

  await hours(page, kith, 8)
  await answerAll(page, kith)
  await page.goto(kith.url + '/')
  assert.doesNotMatch(await page.locator('h1').innerText(), /hold/)
})

test('on a phone, in the dark, what is held stands on the page without a sideways scroll', async (t) => {
  const kith = await startKith(t, { args: ['--speed', '1', '--people', '1'] })
  const page = await openPage(t, kith.url + '/styleguide', { viewport: { width: 390, height: 844 }, colorScheme: 'dark', expected: /status of 401/ })
  await page.getByRole('heading', { name: 'On hold' }).waitFor()
  await page.locator('summary', { hasText: 'Let this one out' }).first().click()
  await axe(page)
  assert.ok(await sideways(page) <= 0, 'no sideways scroll')
})
