import { sendText, type Route } from '../../../../packages/platform/http'
import { getChannels } from '../../domain/notifications/settings'
import type { RecipientRepository } from '../../repository'
import type { UnsubscribeLinks } from '../../service/notifications/unsubscribe'

interface UnsubscribeRouteOptions {
  recipients: RecipientRepository
  links: UnsubscribeLinks
}

/** Creates the route that turns off the mails of one type. It needs no session: the token in the address permits this alone. */
export function createUnsubscribeRoute({ recipients, links }: UnsubscribeRouteOptions): Route {
  return async (request, response, search) => {
    // The body says no more than that this is one click (RFC 8058, 3.2).
    request.resume()
    if (request.method !== 'POST') return sendText(response, 405, 'Send a POST request.\n')
    const subscription = links.readToken(new URLSearchParams(search).get('token') ?? '')
    if (!subscription)
      return sendText(response, 400, 'This address is not complete. Change your settings instead.\n')
    const { userId, type } = subscription
    await recipients.removeEmailChannel(userId, type, getChannels(undefined, type))
    sendText(response, 200, 'You will not receive such mails any more.\n')
  }
}
