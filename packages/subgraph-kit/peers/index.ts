export { createExistingIdsQuery } from './existingIdsQuery'
export { createPeerClient, type PeerClient, type PeerQuery } from './peerClient'
export { createSnapshotSource } from './snapshotSource'
