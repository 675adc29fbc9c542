exports.getCredentialsFromTokenResponse = async function({
  connectorParameters,
  connectionParameters,
  queryParameters,
  tokenResponse
}) {
  const userInfoResponse = await fetch(`${connectorParameters.apiUri}/userinfo`, {
    headers: {
      'Authorization': `Bearer ${tokenResponse.access_token}`
    }
  });
  const userInfo = await userInfoResponse.json();
  // Return combined credentials
  return {
    // Include fields from token response if needed
    access_token: tokenResponse.access_token,
    refresh_token: tokenResponse.refresh_token,
    // Add custom fields
    userId: `${connectionParameters.user ?? 'nobody'} ${userInfo.method}`,
    userName: userInfo.name
  };
};
