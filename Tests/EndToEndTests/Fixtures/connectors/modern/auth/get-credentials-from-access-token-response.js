export default async function ({
  connectorParameters,
  connectionParameters,
  queryParameters,
  tokenResponse,
}) {
  const userInfoResponse = await fetch(`${connectorParameters.apiUri}/userinfo`, {
    headers: {
      Authorization: `Bearer ${tokenResponse.access_token}`,
    },
  })
  const userInfo = await userInfoResponse.json()

  return {
    access_token: tokenResponse.access_token,
    refresh_token: tokenResponse.refresh_token,
    // Add custom fields
    userId: `${connectionParameters.user ?? "nobody"} ${userInfo.method}`,
    userName: undefined,
    expires_at: Date.now() + tokenResponse.expires_in * 1000,
  }
}
