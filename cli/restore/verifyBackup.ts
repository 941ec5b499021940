import { CommandError } from '../command'
import { readDump } from '../backup/dumpFile'
import { listCollections, type Manifest } from '../backup/manifest'
import { createProgressBar, formatByteRate, type ProgressOutput } from '../progressBar'

/**
 * Reads every file of a backup, and compares it with the manifest.
 * @throws CommandError with every damaged file
 */
export async function verifyFiles(folder: string, manifest: Manifest, output: ProgressOutput): Promise<void> {
  const collections = listCollections(manifest).map(({ collection }) => collection)
  const totalBytes = collections.reduce((sum, { bytes }) => sum + bytes, 0)
  const progress = createProgressBar(totalBytes, formatByteRate, output)
  const problems: string[] = []
  let bytesRead = 0
  progress.startStep('checking the backup', 0)
  try {
    for (const collection of collections) {
      try {
        for await (const _ of readDump(folder, collection, (bytes) => progress.update((bytesRead += bytes))));
      } catch (error) {
        if (!(error instanceof CommandError)) throw error
        problems.push(error.message)
      }
    }
  } finally {
    progress.end()
  }
  if (problems.length > 0) throw new CommandError([...problems, 'Nothing was restored.'].join('\n'))
}
