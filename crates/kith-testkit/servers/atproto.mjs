// What the two AT Protocol scripts share: modules from .tools, accounts, and the way to stop.
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const installed = createRequire(path.join(process.env.KITH_TOOLS, 'atproto', 'package.json'))

export const load = async (name) => {
  const module = await import(pathToFileURL(installed.resolve(name)).href)
  return module.default?.__esModule || !module.default ? module : { ...module.default, ...module }
}

const call = async (pds, method, body, token) => {
  const headers = { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) }
  const answer = await fetch(`${pds}/xrpc/${method}`, { method: 'POST', headers, body: JSON.stringify(body) })
  const json = await answer.json()
  if (!answer.ok) throw new Error(`${method}: ${answer.status} ${JSON.stringify(json)}`)
  return json
}

export const account = async (pds, name) => {
  const password = `pw-${name}-1234`
  const made = await call(pds, 'com.atproto.server.createAccount', {
    handle: `${name}.test`, email: `${name}@example.test`, password,
  })
  const app = await call(pds, 'com.atproto.server.createAppPassword', { name: 'kith' }, made.accessJwt)
  return { handle: `${name}.test`, did: made.did, password, appPassword: app.password }
}

export const accounts = async (pds, names) => {
  const made = []
  for (const name of names) made.push(await account(pds, name))
  return made
}

export const untilStopped = (stop) => {
  const end = async () => { await stop().catch(() => {}); process.exit(0) }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  setInterval(() => {}, 1 << 30)
}
