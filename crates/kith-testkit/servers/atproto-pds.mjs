// A PLC directory (in memory) and a PDS (SQLite in TMPDIR). Arguments: the names of the accounts to make,
// divided by commas. LIMITS=1 turns the PDS's rate limits on; APPVIEW_URL names an AppView for it to ask.
// Prints one JSON line: {"pds","plc","accounts":[{"handle","did","password","appPassword"}]}.
import crypto from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { accounts, load, untilStopped } from './atproto.mjs'

const ATTEMPTS_MAX = 5

// A program's description must stand at a public name with https. The name pPORT.kith-under-test.org is loopback here, so
// that a test can serve one; it is asked of nobody else.
const publicFetch = globalThis.fetch
globalThis.fetch = (input, init) => {
  const { hostname, pathname } = new URL(input instanceof Request ? input.url : input)
  const port = /^p(\d+)\.kith-under-test\.org$/.exec(hostname)?.[1]
  return port ? publicFetch(`http://127.0.0.1:${port}${pathname}`) : publicFetch(input, init)
}

const plc = await load('@did-plc/server')
const { PDS } = await load('@atproto/pds')

const freePort = () => new Promise((done) => {
  const probe = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address()
    probe.close(() => done(port))
  })
})
const hex = () => crypto.randomBytes(32).toString('hex')

// A port that was free a moment ago may be taken by now: then with another one.
const onFreePort = async (start) => {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return [port, await start(port)]
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || attempt === ATTEMPTS_MAX) throw error
    }
  }
}

const [plcPort, plcServer] = await onFreePort(async (port) => {
  const server = plc.PlcServer.create({ db: plc.Database.mock(), port })
  await server.start()
  return server
})
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pds-'))
const [port, pds] = await onFreePort(async (port) => {
  const server = await PDS.fromEnv({
    devMode: true, port, hostname: 'localhost', dataDirectory: dir, blobstoreDiskLocation: path.join(dir, 'blobs'),
    didPlcUrl: `http://localhost:${plcPort}`,
    jwtSecret: hex(), adminPassword: hex(), plcRotationKeyK256PrivateKeyHex: hex(),
    serviceHandleDomains: ['.test'], inviteRequired: false, disableSsrfProtection: true, enableDidDocWithSession: true,
    bskyAppViewUrl: process.env.APPVIEW_URL ?? 'https://appview.invalid', bskyAppViewDid: 'did:web:appview.invalid',
    ...(process.env.LIMITS ? { rateLimitsEnabled: true } : {}),
  })
  await server.start()
  return server
})
const url = `http://localhost:${port}`
const made = await accounts(url, (process.argv[2] ?? 'ana-lark,bo-lark,cy-smith').split(','))
console.log(JSON.stringify({ pds: url, plc: `http://localhost:${plcPort}`, accounts: made }))

untilStopped(async () => {
  await pds.destroy()
  await plcServer.destroy()
  fs.rmSync(dir, { recursive: true, force: true })
})
