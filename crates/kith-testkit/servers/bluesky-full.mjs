// PLC, PDS, AppView, bsync and Ozone, as the whole Bluesky back end. Needs DB_POSTGRES_URL and REDIS_HOST.
// Prints one JSON line: {"pds","appview","plc","accounts":[…]}.
import { accounts, load, untilStopped } from './atproto.mjs'

const { TestNetwork } = await load('@atproto/dev-env')
const network = await TestNetwork.create({
  pds: { hostname: 'localhost', enableDidDocWithSession: true }, bsky: {}, plc: {}, ozone: {},
  dbPostgresUrl: process.env.DB_POSTGRES_URL, dbPostgresSchema: process.env.DB_POSTGRES_SCHEMA,
})
const made = await accounts(network.pds.url, (process.argv[2] ?? 'ana-lark,bo-lark,cy-smith').split(','))
await network.processAll()
console.log(JSON.stringify({ pds: network.pds.url, appview: network.bsky.url, plc: network.plc.url, accounts: made }))

untilStopped(() => network.close())
