// Trouble: a dead token, a send that fails, a reply written offline, a server that starts anew under an open page, two
// tabs with one draft. Nothing is lost and nothing goes out twice.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

const OPENS = '2026-11-23T10:00:00Z'
const ASKS = 'Does the shelf need to be warm all the way through?'
const POSTING = { method: 'POST', path_prefix: '/api/v1/statuses' }

async function network(kith, path, order) {
  const url = kith.printed.match(/Practice server: (\S+)/)[1].replace(/\/$/, '')
  const answer = await fetch(url + path, order && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) })
  const text = await answer.text()
  assert.equal(answer.status, 200, `${path}: ${text}`)
  return text && JSON.parse(text)
}

const times = async (kith, words) => (await network(kith, '/practice/state')).owner_statuses.filter((one) => JSON.stringify(one).includes(words)).length

/// Somebody asks, and their conversation is open.
async function asked(t, options) {
  const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '1'] })
  const page = await openPage(t, kith.link, { expected: /status of (401|409|422|503)|ERR_|Failed to load|net::/, ...options })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  await network(kith, '/practice/act', { as: 'any', do: 'mention', text: ASKS })
  await kith.pass('2m')
  await page.goto(kith.url + '/inbox')
  await page.locator('a.q', { hasText: ASKS }).click()
  await page.locator('.thread .said', { hasText: ASKS }).waitFor()
  return { kith, page, at: new URL(page.url()).pathname }
}

const box = (page) => page.locator('#reply')
const answered = (page, words) => page.locator('.toast', { hasText: words }).waitFor()

test('a send that fails keeps the text with the reason, and the next press sends it once', async (t) => {
  const { kith, page } = await asked(t)
  await network(kith, '/practice/faults', { match: POSTING, effect: { rate_limited: { retry_after_s: 60 } }, count: 1 })
  await box(page).fill('Warm to the touch.')
  await box(page).press('Control+Enter')
  await page.getByRole('alert').filter({ hasText: /Not sent/ }).waitFor()
  assert.equal(await box(page).inputValue(), 'Warm to the touch.')
  await axe(page)
  await page.getByRole('button', { name: /^send again/i }).click()
  await answered(page, 'Warm to the touch.')
  assert.equal(await times(kith, 'Warm to the touch.'), 1)
})

test('a token that is dead is said with the way out, and the text stays', async (t) => {
  const { kith, page, at } = await asked(t)
  await network(kith, '/practice/faults', { match: POSTING, effect: { status: 401 }, every: 1 })
  await box(page).fill('Ten minutes near the kiln.')
  await box(page).press('Control+Enter')
  await page.getByRole('alert').filter({ hasText: /Not sent/ }).waitFor()
  assert.equal(await box(page).inputValue(), 'Ten minutes near the kiln.')
  await axe(page)
  await page.goto(kith.url + '/settings')
  await page.getByRole('link', { name: /^sign in again/i }).first().waitFor()
  await page.goto(kith.url + at)
  assert.equal(await box(page).inputValue(), 'Ten minutes near the kiln.', 'it is a draft')
  assert.equal(await times(kith, 'Ten minutes'), 0)
})

test('what is written offline is not sent by itself, and waits in its box', async (t) => {
  const { kith, page, at } = await asked(t, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
  await page.context().setOffline(true)
  await box(page).fill('Written on a train.')
  await page.getByRole('button', { name: /^send/i }).click()
  await page.getByRole('alert').filter({ hasText: /You are offline/ }).waitFor()
  assert.equal(await box(page).inputValue(), 'Written on a train.')
  await axe(page)
  await page.context().setOffline(false)
  assert.equal(await times(kith, 'on a train'), 0, 'nothing goes by itself')
  // The page is loaded anew: the words are still there.
  await page.goto(kith.url + at)
  assert.equal(await box(page).inputValue(), 'Written on a train.')
  await page.getByRole('button', { name: /^send/i }).click()
  await answered(page, 'Written on a train.')
  assert.equal(await times(kith, 'on a train'), 1)
})

test('an answer whose word is lost on the way back goes out once', async (t) => {
  const { kith, page } = await asked(t)
  // It reaches Kith and the network, and the page hears nothing of it.
  await page.route('**/reply', async (route) => { await route.fetch({ maxRedirects: 0 }); await route.abort('connectionreset') }, { times: 1 })
  await box(page).fill('Once is enough.')
  await box(page).press('Control+Enter')
  await page.getByRole('alert').filter({ hasText: /No word came back/ }).waitFor()
  assert.equal(await box(page).inputValue(), 'Once is enough.')
  await page.getByRole('button', { name: /^send again/i }).click()
  await answered(page, 'Once is enough.')
  assert.equal(await times(kith, 'Once is enough.'), 1)
})

test('two tabs with one draft: both texts are shown, and the one she chooses is kept', async (t) => {
  const { kith, page, at } = await asked(t)
  const second = await page.context().newPage()
  await second.goto(kith.url + at)
  const kept = (tab) => tab.waitForResponse((answer) => answer.url().endsWith('/draft'))
  let saved = kept(page)
  await box(page).fill('The first tab’s words.')
  assert.equal((await saved).status(), 200)
  saved = kept(second)
  await box(second).fill('The second tab’s words.')
  assert.equal((await saved).status(), 409)
  const other = second.getByRole('region', { name: 'Typed in another tab' })
  await other.getByText('The first tab’s words.').waitFor()
  assert.equal(await box(second).inputValue(), 'The second tab’s words.')
  await axe(second)
  // Loaded anew: the draft, and what stands beside it.
  const third = await page.context().newPage()
  await third.goto(kith.url + at)
  assert.equal(await box(third).inputValue(), 'The first tab’s words.')
  await third.getByText('The second tab’s words.').waitFor()
  await third.close()
  saved = kept(second)
  await other.getByRole('button', { name: 'Keep mine' }).click()
  assert.equal((await saved).status(), 200)
  await second.close()
  await page.reload()
  assert.equal(await box(page).inputValue(), 'The second tab’s words.')
})

test('the server starts anew under an open page: the page hears again, and the draft is there', async (t) => {
  const first = await asked(t)
  const { page, at } = first
  const kept = page.waitForResponse((answer) => answer.url().endsWith('/draft'))
  await box(page).fill('Half a sentence, and then')
  assert.equal((await kept).status(), 200)
  const listen = new URL(first.kith.url).host.replace('localhost', '127.0.0.1')
  await first.kith.stop()
  // She goes on writing and presses while nobody is there.
  await box(page).fill('Half a sentence, and then the rest of it.')
  await box(page).press('Control+Enter')
  await page.getByRole('alert').filter({ hasText: /No word came back/ }).waitFor()
  assert.equal(await box(page).inputValue(), 'Half a sentence, and then the rest of it.')

  const kith = await startKith(t, { dir: first.kith.data, args: ['--people', '1'], listen, opensAt: '2026-11-23T10:10:00Z' })
  await page.getByRole('button', { name: /^send again/i }).click()
  await page.locator('.toast, [role=alert]').first().waitFor()
  await page.goto(kith.url + at)
  assert.ok((await times(kith, 'the rest of it')) <= 1)
  const inBox = (await box(page).inputValue()).includes('the rest of it')
  assert.ok(inBox || (await times(kith, 'the rest of it')) === 1, 'sent or still in the box')
})
