export { receiveBody } from './jsonBody'
export { openResponseStream, type StreamFraming } from './responseStream'
export {
  createHealthRoutes,
  rejectUpgrade,
  sendJson,
  sendText,
  startHttpServer,
  type DependencyState,
  type Readiness,
  type Route,
  type RunningServer,
  type UpgradeHandler,
} from './server'
