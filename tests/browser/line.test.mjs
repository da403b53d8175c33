// The line, as its owner sees it: she comes in by the link, somebody writes, she answers, and it stands on the network.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

/// Asks the practice server, which stands for the network.
async function network(kith, path, body) {
  const base = kith.printed.match(/Practice server: (\S+)/)[1]
  const answer = await fetch(base + path, body && {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  })
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`)
  return answer.json()
}

/// Comes in by the link that was printed.
async function comeIn(t, kith, options) {
  const page = await openPage(t, kith.link, options)
  await axe(page)
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  return page
}

async function ready(t, args = []) {
  const kith = await startKith(t, { args: ['--speed', '1', ...args] })
  for (let i = 0; i < 100 && !/Practice server: \S+/.test(kith.printed); i++) await new Promise((done) => setTimeout(done, 50))
  const state = await network(kith, '/practice/state')
  const statuses = state.owner_statuses
  return { kith, post: statuses.at(-1).id ?? statuses.at(-1) }
}

async function ownersStatuses(kith) {
  const state = await network(kith, '/practice/state')
  return state.owner_statuses
}

test('somebody writes while the page is open, the owner answers, and it arrives in that thread', async (t) => {
  const { kith, post } = await ready(t)
  const page = await comeIn(t, kith)
  await axe(page)

  await page.goto(kith.url + '/inbox')
  await axe(page)
  const words = 'Does the shelf need to be warm all the way through?'
  await network(kith, '/practice/act', { as: 'any', do: 'reply', status_id: post, text: words })
  // No reload: the page hears of it and shows it.
  const row = page.locator('a', { hasText: words }).first()
  await row.waitFor()
  await row.click()
  await page.getByText(words).first().waitFor()
  await axe(page)

  const answer = 'Warm to the touch is enough. Ten minutes near the kiln.'
  await page.locator('#reply').fill(answer)
  await page.getByRole('button', { name: /^send/i }).click()
  await page.locator('.said', { hasText: 'Ten minutes near the kiln' }).waitFor()
  await page.waitForLoadState()
  const mine = (await ownersStatuses(kith)).filter((status) => JSON.stringify(status).includes('Ten minutes near the kiln'))
  assert.equal(mine.length, 1, 'once on the network')
  assert.ok(JSON.stringify(mine[0]).includes('in_reply_to'), JSON.stringify(mine[0]))
  await page.goto(kith.url + '/inbox')
  assert.equal(await page.locator('a', { hasText: words }).count(), 0, 'nobody waits with that any more')
})

test('an answer that the network refuses stays in its box with the reason', async (t) => {
  const { kith, post } = await ready(t)
  const page = await comeIn(t, kith, { expected: /status of 422/ })
  const words = 'And what about the lid?'
  await network(kith, '/practice/act', { as: 'any', do: 'reply', status_id: post, text: words })
  await page.goto(kith.url + '/inbox')
  await page.locator('a', { hasText: words }).first().click()
  await network(kith, '/practice/faults', {
    match: { method: 'POST', path_prefix: '/api/v1/statuses' }, effect: { rate_limited: { retry_after_s: 60 } }, count: 1,
  })
  await page.locator('#reply').fill('Lids go in upside down.')
  await page.getByRole('button', { name: /^send/i }).click()
  await page.getByRole('alert').waitFor()
  assert.equal(await page.locator('#reply').inputValue(), 'Lids go in upside down.')
  await axe(page)
  await page.getByRole('button', { name: /^send/i }).click()
  await page.locator('.said', { hasText: 'Lids go in upside down' }).waitFor()
})

test('an answer whose confirmation is lost is sent once', async (t) => {
  const { kith, post } = await ready(t)
  const page = await comeIn(t, kith)
  const words = 'Is grog a must?'
  await network(kith, '/practice/act', { as: 'any', do: 'reply', status_id: post, text: words })
  await page.goto(kith.url + '/inbox')
  await page.locator('a', { hasText: words }).first().click()
  await network(kith, '/practice/faults', {
    match: { method: 'POST', path_prefix: '/api/v1/statuses' }, effect: 'drop_after_commit', count: 1,
  })
  await page.locator('#reply').fill('Never a must, often a help.')
  await page.getByRole('button', { name: /^send/i }).click()
  await page.locator('.said', { hasText: 'often a help' }).waitFor()
  const mine = (await ownersStatuses(kith)).filter((status) => JSON.stringify(status).includes('often a help'))
  assert.equal(mine.length, 1, 'once on the network')
})

test('the plan shows every post with its state, and a post can be called off', async (t) => {
  const { kith } = await ready(t)
  const page = await comeIn(t, kith)
  await page.goto(kith.url + '/plan?show=published')
  await axe(page)
  await page.getByText('Kiln tip 1 of 20').first().click()
  await page.waitForURL(/\/plan\/\w+/)
  await page.getByText(/Written by Mara Okonjo/).first().waitFor()
  await axe(page)
  await page.goto(kith.url + '/plan?view=list')
  await axe(page)
  await page.getByText('Kiln tip 20 of 20').first().click()
  await page.waitForURL(/\/plan\/\w+/)
  await page.getByRole('button', { name: /call (it )?off/i }).click()
  await page.getByText(/called off/i).first().waitFor()
})

for (const [theme, width] of [['light', 1440], ['dark', 1440], ['light', 390], ['dark', 390]]) {
  test(`every page is sound in ${theme} at ${width} px, without sideways scroll`, async (t) => {
    const { kith, post } = await ready(t)
    const page = await comeIn(t, kith, { colorScheme: theme, viewport: { width, height: 900 }, expected: /status of 404/ })
    await network(kith, '/practice/act', { as: 'any', do: 'reply', status_id: post, text: 'W' + 'o'.repeat(200) + 'rd, what a word?' })
    await page.goto(kith.url + '/inbox')
    const first = await page.locator('a[href^="/inbox/"]').first().getAttribute('href')
    const plan = await page.evaluate(async () => (await (await fetch('/plan?show=all')).text()).match(/\/plan\/[0-9a-f]{32}/)[0])
    for (const path of ['/', '/inbox', first, '/plan', plan, '/settings', '/styleguide', '/inbox?show=apart', '/nowhere']) {
      await page.goto(kith.url + path)
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.ok(wider <= 0, `${path} scrolls sideways by ${wider} px`)
      await axe(page)
    }
  })
}

test('a stranger is sent to sign in, and comes back to where she wanted to go', async (t) => {
  const { kith } = await ready(t)
  const page = await openPage(t, kith.url + '/plan?show=all', { expected: /status of 401/ })
  await page.waitForURL(/\/sign-in\?next=/)
  await axe(page)
  await page.getByLabel(/e-?mail/i).fill('mara@hollinclay.example')
  await page.getByLabel(/password/i).fill('not the right one at all')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('alert').waitFor()
  await axe(page)
})
