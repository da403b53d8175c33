// What the journeys through the doors share: a device with a passkey, and the practice network as the outside.
import assert from 'node:assert/strict'

/// Gives the page's browser a device that shows its passkeys without being asked twice.
export async function withPasskeys(page) {
  const debug = await page.context().newCDPSession(page)
  await debug.send('WebAuthn.enable')
  const { authenticatorId } = await debug.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
  return {
    count: async () => (await debug.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
    /// Whether the person can show herself to the device.
    shows: (isUserVerified) => debug.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  }
}

/// Asks the practice server, which stands for the network.
export async function network(kith, path, body) {
  for (let i = 0; i < 100 && !/Practice server: \S+/.test(kith.printed); i++) await new Promise((done) => setTimeout(done, 50))
  const base = kith.printed.match(/Practice server: (\S+)/)[1]
  const answer = await fetch(base + path, body && {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  })
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`)
  return answer.json()
}

export const sideways = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/// The page in both themes and both widths, each sound and without sideways scroll; it ends as it was.
export async function soundEverywhere(page, axe) {
  const before = page.viewportSize()
  for (const width of [1440, 390]) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize({ width, height: 900 })
      // Colours that fade would be looked at half-way.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      assert.ok(await sideways(page) <= 0, `${page.url()} scrolls sideways at ${width} px`)
      await axe(page)
    }
  }
  await page.setViewportSize(before)
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
}
