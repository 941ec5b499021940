// Adds, hides and counts comments of a post, and sends SIGKILL to itself before or after one of its writes. Arguments:
// database, post ID, number of that moment (0: none). Prints the number of moments when it completes.
const { join } = require('node:path')

const dist = join(__dirname, '..', '..', 'dist')
const { openDatabase } = require(join(dist, 'packages', 'subgraph-kit', 'mongo', 'database.js'))
const { newId } = require(join(dist, 'schema', 'ids.js'))
const { createCommentRepository } = require(join(dist, 'subgraphs', 'comments', 'repository', 'index.js'))

async function main([database, postId, moment]) {
  const connection = await openDatabase(process.env.MONGODB_URI, database)
  const repository = createCommentRepository(connection)
  let moments = 0
  const countMoment = ({ commandName }) => {
    if (!['insert', 'update', 'findAndModify', 'bulkWrite', 'delete'].includes(commandName)) return
    if (++moments === Number(moment)) process.kill(process.pid, 'SIGKILL')
  }
  connection.getClient().on('commandStarted', countMoment)
  connection.getClient().on('commandSucceeded', countMoment)

  const add = async (parentId) => {
    const comment = {
      id: newId('Comment'),
      postId,
      parentId,
      depth: parentId === null ? 0 : 1,
      authorId: newId('User'),
      body: 'A comment',
      status: 'VISIBLE',
      createdAt: new Date(),
      editedAt: null,
      underDraft: false,
    }
    await repository.insert(comment, null)
    return comment
  }
  const change = (comment, status, eventType) =>
    repository.update({
      comment,
      allowedStatuses: ['VISIBLE', 'HIDDEN'],
      changes: { status },
      eventType,
      now: new Date(),
    })

  const first = await add(null)
  const reply = await add(first.id)
  await repository.countMarked([postId])
  await change(first, 'HIDDEN', 'comment.hidden')
  await change(reply, 'DELETED', 'comment.deleted')
  await repository.countMarked([postId])
  await add(null)
  await change(first, 'VISIBLE', 'comment.unhidden')
  await repository.countMarked([postId])
  await connection.close()
  console.log(moments)
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
