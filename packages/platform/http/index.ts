export { receiveBody } from './jsonBody'
export { openResponseStream, type StreamFraming } from './responseStream'
export {
  createHealthRoutes,
  rejectUpgrade,
  sendJson,
  sendText,
  startHttpServer,
  type Route,
  type RunningServer,
  type UpgradeHandler,
} from './server'
