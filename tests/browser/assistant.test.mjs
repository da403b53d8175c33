// The assistant: invited with a part, she drafts and asks; the owner says yes on her phone; a later edit asks again;
// her pages have no way to answer anybody, and a forged answer is refused. Let go, she is out at once.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { network, sideways, soundEverywhere } from './doors.mjs'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

const AT = '2026-11-23T09:00:00Z'

test('an assistant drafts and asks, the owner says yes, and nobody but the owner answers', async (t) => {
  const kith = await startKith(t, { args: ['--people', '3'], opensAt: AT })
  const owner = await openPage(t, kith.link, { expected: /status of 422/ })
  await owner.getByRole('button', { name: /open kith/i }).click()
  await owner.waitForURL(kith.url + '/')

  // Invited by a link that is shown once.
  await owner.goto(kith.url + '/settings/people')
  await soundEverywhere(owner, axe)
  await owner.locator('#invite-name').fill('Priya Nair')
  await owner.locator('#invite-email').fill('priya@nair.example')
  await owner.getByRole('button', { name: 'Make the link' }).click()
  const link = await owner.locator('#secret').textContent()
  await soundEverywhere(owner, axe)
  const priya = await openPage(t, link, { expected: /status of 40\d/ })
  await soundEverywhere(priya, axe)
  await priya.getByLabel('Password').fill('green shelves, grey mornings')
  await priya.getByRole('button', { name: 'Join' }).click()
  await priya.waitForURL(kith.url + '/')

  // No way to answer is on her pages, and a forged answer is refused.
  const state = await network(kith, '/practice/state')
  const post = state.owner_statuses.at(-1).id ?? state.owner_statuses.at(-1)
  const words = 'Is the kiln open on Saturdays?'
  await network(kith, '/practice/act', { as: 'any', do: 'reply', status_id: post, text: words })
  await kith.pass('10m')
  await owner.goto(kith.url + '/inbox')
  await owner.locator('a', { hasText: words }).first().waitFor()
  await priya.goto(kith.url + '/inbox')
  await priya.locator('a', { hasText: words }).first().click()
  await priya.getByText(words).first().waitFor()
  assert.equal(await priya.locator('#reply, button:has-text("Send"), form[action$="/reply"]').count(), 0)
  await axe(priya)
  const forged = await priya.evaluate(async () => {
    const id = document.querySelector('[action*="/inbox/"], a[href*="/inbox/"]') && location.href.match(/[0-9a-f]{32}/)?.[0]
    const answer = await fetch(`/inbox/${id}/reply`, { method: 'POST', body: new URLSearchParams({ gesture: '0'.repeat(32), version: '0', text: 'Forged.' }) })
    return answer.status
  })
  assert.equal(forged, 403)
  for (const [path, body] of [['/settings/people/invite', { name: 'X', email: 'x@x.example', role: 'owner' }], ['/settings/keys', { name: 'x', scope: 'plan', days: '9' }], ['/settings/data/end', { typed: 'Hollin Clay Studio' }]]) {
    const status = await priya.evaluate(async ([path, body]) => (await fetch(path, { method: 'POST', body: new URLSearchParams(body) })).status, [path, body])
    assert.equal(status, 403, path)
  }
  assert.ok(!JSON.stringify((await network(kith, '/practice/state')).owner_statuses).includes('Forged'), 'nothing left')

  // She drafts and asks; the owner says yes on a phone.
  await priya.goto(kith.url + '/write?at=2026-11-23T15:00')
  const tip = 'Tip: warm the shelf before the cups go on, and they will not crack.'
  await priya.locator('#text').fill(tip)
  await priya.getByRole('button', { name: /ask for a yes/i }).first().click()
  await priya.waitForURL(/\/plan/)
  await owner.setViewportSize({ width: 390, height: 844 })
  await owner.goto(kith.url + '/plan?show=needs-you')
  await owner.getByText('warm the shelf').first().waitFor()
  assert.ok(await sideways(owner) <= 0)
  await axe(owner)
  await owner.locator('form', { has: owner.getByRole('button', { name: /yes/i }) }).first().getByRole('button', { name: /yes/i }).first().click()
  await owner.waitForLoadState()
  await owner.goto(kith.url + '/plan?show=needs-you')
  assert.equal(await owner.getByText('warm the shelf').count(), 0, 'it has its yes')

  // A later edit asks again: nothing of it goes out at its time before the owner has said yes to these words.
  const card = 'a[href*="&post="]'
  await priya.goto(kith.url + '/plan')
  await priya.locator(card, { hasText: 'warm the shelf' }).first().click()
  await priya.waitForURL(/post=/)
  const id = new URL(priya.url()).searchParams.get('post')
  await priya.getByRole('link', { name: /Change the words/ }).click()
  await priya.waitForURL(/write\?edit=/)
  assert.equal(await priya.locator('#text').inputValue(), tip)
  const later = 'Tip: warm the shelf and the cups together, an hour at least.'
  await priya.locator('#text').fill(later)
  await priya.getByText(/Waits for the owner’s yes, then goes out/).waitFor()
  await axe(priya)
  await priya.getByRole('button', { name: /Change it and ask for a yes/ }).click()
  await priya.waitForURL(/done=asked/)
  await priya.locator('#side').getByText(/changed by Priya Nair.*nobody has approved it yet/).waitFor()
  assert.equal(await priya.getByRole('button', { name: /yes/i }).count(), 0, 'she has no yes to give')
  await axe(priya)
  await kith.pass('5h55m')
  await owner.goto(kith.url + '/plan?show=needs-you')
  const asked = owner.locator('li', { hasText: 'warm the shelf and the cups together' })
  await asked.getByText(/Priya Nair changed it/).waitFor()
  assert.ok(await sideways(owner) <= 0)
  await axe(owner)
  assert.ok(!JSON.stringify((await network(kith, '/practice/state')).owner_statuses).includes('together'), 'its time passed and it stayed')
  await asked.getByRole('button', { name: /yes/i }).click()
  await owner.waitForLoadState()
  await kith.pass('5m')
  await owner.goto(`${kith.url}/plan/${id}`)
  await owner.getByText('See it there').waitFor()
  await owner.getByText(/changed by Priya Nair.*approved by/).waitFor()

  // Let go, she is out at once.
  await owner.setViewportSize({ width: 1280, height: 900 })
  await owner.goto(kith.url + '/settings/people')
  await owner.getByRole('button', { name: /Let go.*Priya Nair/ }).click()
  await owner.getByRole('status').filter({ hasText: 'signed out everywhere' }).waitFor()
  await priya.goto(kith.url + '/')
  await priya.waitForURL(/\/sign-in/)
})
