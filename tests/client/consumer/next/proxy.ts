import { renewSession } from '@agora/client'
import { NextResponse, type NextRequest } from 'next/server'

/** Renews the session before a page is rendered; `/plain` is rendered without it. */
export async function proxy(request: NextRequest) {
  const url = process.env.AGORA_URL ?? ''
  const changed = await renewSession({ url, cookies: request.cookies, secure: false })
  for (const { name, value } of changed) request.cookies.set(name, value)
  const response = NextResponse.next({ request })
  for (const cookie of changed) response.cookies.set(cookie)
  return response
}

export const config = { matcher: '/' }
