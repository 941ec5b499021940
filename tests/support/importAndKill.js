// Runs an import and sends SIGKILL to itself before or after one of its database commands. Arguments: format, folder,
// databases as JSON, number of that moment (0: none). Prints the number of moments when the import completes.
const { join } = require('node:path')
const mongoose = require('mongoose')

const dist = join(__dirname, '..', '..', 'dist', 'cli', 'import')
const { openEntityWriter } = require(join(dist, 'target.js'))
const { runImport } = require(join(dist, 'run.js'))

async function main([format, folder, names, moment]) {
  const target = await openEntityWriter(process.env.MONGODB_URI, JSON.parse(names))
  let moments = 0
  const countMoment = ({ commandName }) => {
    if (!['insert', 'update', 'findAndModify', 'bulkWrite', 'delete'].includes(commandName)) return
    if (++moments === Number(moment)) process.kill(process.pid, 'SIGKILL')
  }
  for (const connection of mongoose.connections) {
    if (connection.readyState !== 1) continue
    connection.getClient().on('commandStarted', countMoment)
    connection.getClient().on('commandSucceeded', countMoment)
  }
  await runImport({
    request: { format, folder, strict: false, site: undefined },
    writer: target.writer,
    createProgress: () => ({ startPass() {}, update() {}, print() {}, end() {} }),
    signal: new AbortController().signal,
    batchItems: 3,
  })
  await target.close()
  console.log(moments)
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
