// The first day: from the link to a passkey, a channel by the practice network's own page, a first post, somebody who
// answers and is seen without a reload, and her answer. Time stands still but for what the test lets pass.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { network, soundEverywhere, withPasskeys } from './doors.mjs'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

test('the first day, from the link to the first answer, by the page alone', async (t) => {
  const kith = await startKith(t, { args: ['--fresh', '--people', '3'], opensAt: '2026-11-23T09:00:00Z' })
  const page = await openPage(t, kith.link)
  const device = await withPasskeys(page)
  await soundEverywhere(page, axe)

  // A way in.
  await page.getByLabel('Name of the new passkey').fill('My laptop')
  await page.getByRole('button', { name: 'Open Kith with a passkey' }).click()
  await page.waitForURL(kith.url + '/')
  assert.equal(await device.count(), 1)
  const steps = page.getByRole('region', { name: 'Your first day' })
  await steps.getByText('1 of 5 done').waitFor()
  await soundEverywhere(page, axe)

  // A channel, without an account anywhere.
  await steps.getByRole('link', { name: 'Connect a channel' }).click()
  await page.waitForURL(/\/settings\/connect$/)
  await soundEverywhere(page, axe)
  await page.getByRole('button', { name: 'Try it on the practice network' }).click()
  await page.getByRole('button', { name: 'Authorize' }).click()
  await page.getByRole('heading', { name: 'Is this the one?' }).waitFor()
  await soundEverywhere(page, axe)
  await page.getByLabel('Name in Kith').fill('practice')
  await page.getByRole('button', { name: 'Connect it' }).click()
  await page.getByRole('status').filter({ hasText: 'Connected.' }).waitFor()
  await page.locator('.chan', { hasText: 'practice' }).getByText('Connected').waitFor()
  await soundEverywhere(page, axe)

  // A first post, which goes out.
  await page.goto(kith.url + '/')
  await steps.getByText('2 of 5 done').waitFor()
  await steps.getByRole('link', { name: 'Write it' }).click()
  await page.waitForURL(/\/write/)
  const first = 'The first shelf of green cups is out of the kiln, and every one of them rings.'
  await page.locator('#text').fill(first)
  await page.getByRole('button', { name: /put in plan/i }).first().click()
  await page.waitForURL(/\/plan/)
  await kith.pass('26h')
  const state = await network(kith, '/practice/state')
  const post = state.owner_statuses.find((status) => JSON.stringify(status).includes('every one of them rings'))
  assert.ok(post, 'it is on the network')

  // A day later nobody was there for long, so she comes in again, with her finger. Somebody answers, and is seen
  // without a reload.
  await page.goto(kith.url + '/')
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL(kith.url + '/')
  await steps.getByText(/[34] of 5 done/).waitFor()
  const words = 'Do they ring because of the glaze?'
  await network(kith, '/practice/act', { as: 'any', do: 'reply', status_id: post.id ?? post, text: words })
  await kith.pass('10m')
  const row = page.locator('a', { hasText: words }).first()
  await row.waitFor()
  await steps.getByText('4 of 5 done').waitFor()
  await row.click()
  await page.locator('#reply').fill('Because of the clay. The glaze only sings along.')
  await page.getByRole('button', { name: /^send/i }).click()
  await page.locator('.said', { hasText: 'only sings along' }).waitFor()
  await page.goto(kith.url + '/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  assert.equal(await steps.count(), 0, 'the first day is over')
})

test('the steps can be put away for good', async (t) => {
  const kith = await startKith(t, { args: ['--fresh', '--people', '0'], opensAt: '2026-11-23T09:00:00Z' })
  const page = await openPage(t, kith.link)
  await page.getByLabel('Password').fill('a walk by the river')
  await page.getByRole('button', { name: 'Open Kith', exact: true }).click()
  await page.waitForURL(kith.url + '/')
  await page.getByRole('button', { name: 'Put this away' }).click()
  await page.getByText('Your first day').waitFor({ state: 'detached' })
  await page.reload()
  await page.getByRole('heading', { level: 1 }).waitFor()
  assert.equal(await page.getByText('Your first day').count(), 0)
})

test('a server that is none, or says no, is told in words, and nothing is connected', async (t) => {
  const kith = await startKith(t, { args: ['--fresh', '--people', '0'], opensAt: '2026-11-23T09:00:00Z' })
  const page = await openPage(t, kith.link, { expected: /status of 422/ })
  await page.getByLabel('Password').fill('a walk by the river')
  await page.getByRole('button', { name: 'Open Kith', exact: true }).click()
  await page.waitForURL(kith.url + '/')
  await page.goto(kith.url + '/settings/connect')
  await page.locator('#mastodon-server').fill('clay')
  await page.getByRole('button', { name: 'Go to the server' }).first().click()
  await page.getByRole('alert').filter({ hasText: 'is no server' }).waitFor()
  assert.equal(await page.locator('#mastodon-server').inputValue(), 'clay')
  await soundEverywhere(page, axe)
  await page.getByRole('button', { name: 'Try it on the practice network' }).click()
  await page.getByRole('button', { name: 'Deny' }).click()
  await page.getByRole('alert').filter({ hasText: 'did not allow it' }).waitFor()
  await page.goBack()
  await page.goto(kith.url + '/settings')
  await page.getByText('No channel is connected.').waitFor()
})
