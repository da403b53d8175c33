// New followers, one card at a time and by keyboard: sorted with 1 to 4, let be with L and taken back with U, followed
// only by the owner's own F. What the network knows of follows is the judge.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

const OPENS = '2026-11-23T10:00:00Z'
const FOLLOWERS = 15
const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
const network = async (kith, path, order) => {
  const url = kith.printed.match(/Practice server: (\S+)/)[1].replace(/\/$/, '')
  const answer = await fetch(url + path, order && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) })
  const text = await answer.text()
  assert.equal(answer.status, 200, `${path}: ${text}`)
  return text && JSON.parse(text)
}
/// Whom the owner follows, as the network knows it.
const follows = async (kith) => {
  const post = (await network(kith, '/practice/state')).owner_statuses.at(-1).id
  const owner = (await network(kith, `/api/v1/statuses/${post}`)).account.id
  return (await network(kith, `/api/v1/accounts/${owner}/following?limit=80`)).length
}

test('fifteen followers are met one by one by keyboard; nobody is followed but by the owner\'s own key', async (t) => {
  const kith = await startKith(t, { opensAt: OPENS, args: ['--people', '60'] })
  const page = await openPage(t, kith.link, { viewport: { width: 1440, height: 900 } })
  await page.getByRole('button', { name: /open kith/i }).click()
  await page.waitForURL(kith.url + '/')
  const strangers = (await network(kith, '/practice/people')).filter((person) => !person.follows_owner).slice(0, FOLLOWERS)
  assert.equal(strangers.length, FOLLOWERS, 'the practice network has enough strangers')
  for (const { handle } of strangers) await network(kith, '/practice/act', { as: handle, do: 'follow' })
  await kith.pass('10m')

  await page.goto(kith.url + '/people/followers')
  const waiting = async () => Number(await page.locator('#triage .seg a').first().locator('.c').innerText())
  const total = await waiting()
  assert.ok(total >= FOLLOWERS, `${total} wait`)
  const before = await follows(kith)
  const name = async () => (await page.locator('#who').innerText()).trim()
  assert.ok(await page.locator('.follower .bio').count() + await page.locator('.follower .said-last').count(), 'the card shows who they are')
  await axe(page)
  assert.equal(await sideways(page), 0)

  // Sorting decides nothing: the card stays, the number stays.
  const first = await name()
  await page.keyboard.press('2')
  await page.locator('.follower .pill.ok', { hasText: 'Shop' }).waitFor()
  assert.deepEqual([await name(), await waiting()], [first, total])

  // Let be by key, and taken back.
  await page.keyboard.press('l')
  await page.getByText('Let be.', { exact: true }).waitFor()
  assert.equal(await waiting(), total - 1)
  assert.notEqual(await name(), first)
  await page.keyboard.press('u')
  await page.getByText('Waiting again.').waitFor()
  assert.equal(await waiting(), total)
  assert.equal(await name(), first, 'whom it was taken back for is at hand again')

  // Every key but F leaves the network as it was.
  for (let n = 0; n < FOLLOWERS - 2; n++) {
    await page.keyboard.press(String(n % 4 + 1))
    await page.getByText('Sorted.').waitFor()
    const was = await waiting()
    await page.keyboard.press('l')
    await page.locator('#triage .seg a .c').first().filter({ hasText: new RegExp(`^${was - 1}$`) }).waitFor()
  }
  assert.equal(await follows(kith), before, 'nobody was followed by sorting or letting be')
  const left = await waiting()

  await page.keyboard.press('f')
  await page.getByText('Followed, by your hand.').waitFor()
  assert.equal(await follows(kith), before + 1)
  assert.equal(await waiting(), left - 1)
  assert.equal(await page.getByRole('button', { name: /follow (all|several|marked)/i }).count(), 0, 'several are never followed at once')

  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto(kith.url + '/people/followers')
  await axe(page)
  assert.equal(await sideways(page), 0)
})
