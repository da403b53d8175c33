// A small AT Protocol server for journeys that need a second network: it lets one account in and keeps what it is
// given. Everything else it does not know.
import http from 'node:http'

const CID = 'bafkreibabalobzn6cd366ukcsjycp4yymjymgfxcv6xczmlgpemzkz3cfa'
const DID = 'did:plc:hollinclay2222222222222'
const token = (kind) => ['{"alg":"none"}', JSON.stringify({ sub: DID, scope: kind, exp: 4102444800 }), 'x']
  .map((part) => Buffer.from(part).toString('base64url')).join('.')

/// Gives its address and what was written to it; it ends with the test.
export async function startSecondNetwork(t, handle = 'mara.hollinclay.example') {
  const records = []
  const session = { did: DID, handle, accessJwt: token('access'), refreshJwt: token('refresh'), active: true }
  const answers = {
    'com.atproto.server.createSession': () => session,
    'com.atproto.server.refreshSession': () => session,
    'com.atproto.server.getSession': () => session,
    'app.bsky.notification.listNotifications': () => ({ notifications: [] }),
    'com.atproto.repo.uploadBlob': (_, mimeType, size) => ({ blob: { $type: 'blob', ref: { $link: CID }, mimeType, size } }),
    'com.atproto.repo.createRecord': (body) => { records.push(body); return { uri: `at://${DID}/${body.collection}/${body.rkey}`, cid: CID } },
    'com.atproto.repo.putRecord': (body) => { records.push(body); return { uri: `at://${DID}/${body.collection}/${body.rkey}`, cid: CID } },
    _health: () => ({ version: '0.4.0' }),
  }
  const server = http.createServer(async (request, response) => {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const name = new URL(request.url, 'http://x').pathname.replace('/xrpc/', '')
    const known = answers[name]
    let body = {}
    try { body = JSON.parse(Buffer.concat(chunks).toString()) } catch { /* no JSON is no body */ }
    response.writeHead(known ? 200 : 400, { 'content-type': 'application/json' })
    response.end(JSON.stringify(known ? known(body, request.headers['content-type'], Buffer.concat(chunks).length) : { error: 'InvalidRequest', message: 'not here' }))
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => new Promise((done) => { server.closeAllConnections(); server.close(done) }))
  return { url: `http://127.0.0.1:${server.address().port}`, handle, records }
}
