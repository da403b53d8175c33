// The doors: passkeys and passwords, where one is signed in, keys for programs, and the workspace's end.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, test } from 'node:test'
import { soundEverywhere, withPasskeys } from './doors.mjs'
import { axe, closeBrowser, openPage, startKith } from './harness.mjs'

after(closeBrowser)

const AT = '2026-11-23T09:00:00Z'
const EMAIL = 'mara@hollinclay.example'
const WORDS = 'a walk by the river'

async function comeIn(t, options) {
  const kith = await startKith(t, { args: ['--fresh', '--people', '0'], opensAt: AT })
  const page = await openPage(t, kith.link, options)
  await page.getByLabel('Password').fill(WORDS)
  await page.getByRole('button', { name: 'Open Kith', exact: true }).click()
  await page.waitForURL(kith.url + '/')
  return { kith, page }
}

test('several passkeys are made, named, shown at the door and taken away', async (t) => {
  const { kith, page } = await comeIn(t, { expected: /status of 40\d/ })
  const device = await withPasskeys(page)
  await page.goto(kith.url + '/settings/you')
  await page.getByLabel('Name of the new passkey').fill('Laptop')
  await page.getByRole('button', { name: 'Make a passkey' }).click()
  await page.getByRole('status').filter({ hasText: 'Your passkey is there' }).waitFor()
  assert.equal(await device.count(), 1)
  // The same device again is known.
  await page.getByRole('button', { name: 'Make a passkey' }).click()
  await page.getByRole('alert').filter({ hasText: 'has a passkey for Kith already' }).waitFor()
  await soundEverywhere(page, axe)
  await page.getByLabel('Another name for Laptop').fill('Old laptop')
  await page.getByRole('button', { name: /Rename.*Laptop/ }).click()
  await page.locator('.chan b', { hasText: 'Old laptop' }).waitFor()

  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.waitForURL(/\/sign-in/)
  await soundEverywhere(page, axe)
  // Who can't show herself to the device does not come in.
  await device.shows(false)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByRole('alert').filter({ hasText: 'No passkey was used' }).waitFor()
  await device.shows(true)
  await page.goto(kith.url + '/settings/you')
  await page.waitForURL(/\/sign-in\?next=/)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.waitForURL(kith.url + '/settings/you')
  await page.getByText(/^Last used/).first().waitFor()
  await page.getByRole('button', { name: /Take away.*Old laptop/ }).click()
  await page.getByRole('status').filter({ hasText: 'Taken away' }).waitFor()
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.waitForURL(/\/sign-in/)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByRole('alert').filter({ hasText: 'did not work here' }).waitFor()
})

test('a new password signs every other browser out', async (t) => {
  const { kith, page } = await comeIn(t, { expected: /status of 4\d\d/ })
  const other = await openPage(t, kith.url + '/sign-in', { expected: /status of 401/ })
  await other.getByLabel('E-mail address').fill(EMAIL)
  await other.getByLabel('Password').fill(WORDS)
  await other.getByRole('button', { name: 'Sign in', exact: true }).click()
  await other.waitForURL(kith.url + '/')
  await page.goto(kith.url + '/settings/you')
  await page.getByText('(this browser)').waitFor()
  await page.getByLabel('Your password now').fill('not that one at all')
  await page.getByLabel('New password').fill('a longer walk by the river')
  await page.getByRole('button', { name: 'Store the password' }).click()
  await page.getByRole('alert').filter({ hasText: 'not your password' }).waitFor()
  await page.getByLabel('Your password now').fill(WORDS)
  await page.getByLabel('New password').fill('a longer walk by the river')
  await page.getByRole('button', { name: 'Store the password' }).click()
  await page.getByRole('status').filter({ hasText: 'Every other browser is signed out' }).waitFor()
  await other.goto(kith.url + '/inbox')
  await other.waitForURL(/\/sign-in/)
})

test('a key is shown once and ends at a press', async (t) => {
  const { kith, page } = await comeIn(t)
  await page.goto(kith.url + '/settings/keys')
  await soundEverywhere(page, axe)
  await page.getByLabel('Name').fill('my script')
  await page.getByLabel(/read and plan/).check()
  await page.getByRole('button', { name: 'Make the key' }).click()
  const key = await page.locator('#secret').textContent()
  assert.match(key, /^kith_[0-9a-f]{64}$/)
  await soundEverywhere(page, axe)
  const ask = () => fetch(kith.url.replace('localhost', '127.0.0.1') + '/api/v1/dispatches', { headers: { authorization: `Bearer ${key}` } })
  assert.notEqual((await ask()).status, 401)
  await page.goto(kith.url + '/settings/keys')
  assert.equal(await page.locator('#secret').count(), 0, 'not shown again')
  await page.getByRole('button', { name: /End it.*my script/ }).click()
  await page.getByRole('status').filter({ hasText: 'The key has ended' }).waitFor()
  assert.equal((await ask()).status, 401)
})

test('everything can be taken along, and the workspace ends with its name and a grace', async (t) => {
  const { kith, page } = await comeIn(t, { expected: /status of 422/ })
  await page.goto(kith.url + '/settings/data')
  await soundEverywhere(page, axe)
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download everything' }).click()])
  const lines = fs.readFileSync(await download.path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  assert.ok(lines.some((line) => line.kind === 'workspace') && !JSON.stringify(lines).includes('$argon2'))
  await page.getByLabel(/Type the workspace/).fill('something else')
  await page.getByRole('button', { name: 'End this workspace' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel(/Type the workspace/).fill('Hollin Clay Studio')
  await page.getByRole('button', { name: 'End this workspace' }).click()
  await page.getByText(/erased on/).waitFor()
  await soundEverywhere(page, axe)
  await page.getByRole('button', { name: 'Keep this workspace' }).click()
  await page.getByRole('status').filter({ hasText: 'Kept' }).waitFor()
})
