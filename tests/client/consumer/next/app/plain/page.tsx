import { createServerClient, ViewerDocument } from '@agora/client'
import { cookies } from 'next/headers'

export default async function Page() {
  const client = createServerClient({
    url: process.env.AGORA_URL ?? '',
    cookies: await cookies(),
    renew: false,
  })
  const { viewer } = await client.request(ViewerDocument)
  return <p>signed in: {viewer?.handle ?? 'no one'}</p>
}
