// Written by tower-visor; write it again when the policy, the application or the SDK changes.
// A static server can't make nonces, can't tell a file of the SDK from another, and keeps no header
// of an application behind it from leaking. The layer of tower-visor does all three.
// exception: img-src https: (pictures of all partners, LIV-12)
// exception: strict-transport-security: max-age=300 (HTTPS is being rolled out until March)
// warning: the hash of a style that SDK 1.5.0 puts into its shadow root is not known, so it will be blocked: compute it from your copy and add it with `style_hash`
// warning: content-security-policy: img-src: `https:` admits what anybody can write: name the hosts that are needed
// warning: img-src `https:`: the connection-allowlist can't name it, so browsers that know the header block it: name hosts
// Every response gets the headers of a page; the profile and the rule set are the caller's.
param profileName string
param ruleSetName string = 'visor'

resource profile 'Microsoft.Cdn/profiles@2024-02-01' existing = {
  name: profileName
}

resource ruleSet 'Microsoft.Cdn/profiles/ruleSets@2024-02-01' = {
  parent: profile
  name: ruleSetName
}

resource rule1 'Microsoft.Cdn/profiles/ruleSets/rules@2024-02-01' = {
  parent: ruleSet
  name: 'headers0'
  properties: {
    order: 1
    matchProcessingBehavior: 'Continue'
    conditions: [
    ]
    actions: [
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'content-security-policy'
          value: 'default-src \'none\'; script-src https://liveness.contoso.example/app.js https://liveness.contoso.example/sdk/1.5.0/FaceLivenessDetector.js https://liveness.contoso.example/sdk/1.5.0/facelivenessdetector-assets/js/AzureAIVisionFace.js https://liveness.contoso.example/sdk/1.5.0/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.js \'wasm-unsafe-eval\' \'report-sha384\'; style-src https://liveness.contoso.example/app.css \'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\' \'sha256-v96dvpk34b2lGpSIonmMYJS7leh0c+BUvOW+AXapgn0=\'; img-src https://liveness.contoso.example/logo.svg https://cdn.contoso.example/brand/ https://liveness.contoso.e'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Append'
          headerName: 'content-security-policy'
          value: 'xample/sdk/1.5.0/facelivenessdetector-assets/images/Brightness.svg https://liveness.contoso.example/sdk/1.5.0/facelivenessdetector-assets/images/FaceId.svg https://liveness.contoso.example/sdk/1.5.0/facelivenessdetector-assets/images/activeMotionVisualHint.png https://liveness.contoso.example/sdk/1.5.0/facelivenessdetector-assets/images/Smile.svg https://liveness.contoso.example/sdk/1.5.0/facelivenessdetector-assets/images/logo.svg data: https:; connect-src https://liveness.contoso.example/api/session https://liveness.contoso.example/sdk/1.5.0/facelivenessdetector-assets/js/AzureAIVisionFace.wasm https://liveness.contoso.example/sdk'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Append'
          headerName: 'content-security-policy'
          value: '/1.5.0/facelivenessdetector-assets/js/AzureAIVisionFace_SIMD.wasm https://liveness.contoso.example/sdk/1.5.0/facelivenessdetector-assets/i18n/ https://contoso.cognitiveservices.azure.com/face/; worker-src \'none\'; base-uri \'none\'; form-action \'none\'; frame-ancestors https://partner.example; sandbox allow-scripts allow-same-origin; upgrade-insecure-requests; report-to visor; report-uri https://liveness.contoso.example/reports, connect-src \'self\' https://contoso.cognitiveservices.azure.com'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'content-security-policy-report-only'
          value: 'default-src \'none\'; report-to visor'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'connection-allowlist'
          value: '(response-origin "https://cdn.contoso.example" "https://contoso.cognitiveservices.azure.com");report-to=visor'
        }
      }
    ]
  }
}

resource rule2 'Microsoft.Cdn/profiles/ruleSets/rules@2024-02-01' = {
  parent: ruleSet
  name: 'headers1'
  dependsOn: [
    rule1
  ]
  properties: {
    order: 2
    matchProcessingBehavior: 'Continue'
    conditions: [
    ]
    actions: [
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'strict-transport-security'
          value: 'max-age=300'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'permissions-policy'
          value: 'accelerometer=(), autoplay=(), browsing-topics=(), camera=(self), captured-surface-control=(), clipboard-read=(), clipboard-write=(), compute-pressure=(), deferred-fetch=(), deferred-fetch-minimal=(), digital-credentials-create=(), digital-credentials-get=(), display-capture=(), encrypted-media=(), fullscreen=(self), gamepad=(), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), keyboard-map=(), language-detector=(), language-model=(), local-fonts=(), local-network=(), local-network-access=(), loopback-network=(), magnetometer=(), microphone=(), midi=(), on-device-speech-recognition=(), otp-credent'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Append'
          headerName: 'permissions-policy'
          value: 'ials=(), payment=(), picture-in-picture=(), private-state-token-issuance=(), private-state-token-redemption=(), publickey-credentials-create=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), speaker-selection=(), storage-access=(), summarizer=(), translator=(), usb=(), window-management=(), xr-spatial-tracking=()'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'cross-origin-opener-policy'
          value: 'same-origin; report-to="visor"'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'cross-origin-embedder-policy'
          value: 'credentialless; report-to="visor"'
        }
      }
    ]
  }
}

resource rule3 'Microsoft.Cdn/profiles/ruleSets/rules@2024-02-01' = {
  parent: ruleSet
  name: 'headers2'
  dependsOn: [
    rule2
  ]
  properties: {
    order: 3
    matchProcessingBehavior: 'Continue'
    conditions: [
    ]
    actions: [
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'cross-origin-resource-policy'
          value: 'cross-origin'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'referrer-policy'
          value: 'no-referrer'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'x-content-type-options'
          value: 'nosniff'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'x-permitted-cross-domain-policies'
          value: 'none'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'origin-agent-cluster'
          value: '?1'
        }
      }
    ]
  }
}

resource rule4 'Microsoft.Cdn/profiles/ruleSets/rules@2024-02-01' = {
  parent: ruleSet
  name: 'headers3'
  dependsOn: [
    rule3
  ]
  properties: {
    order: 4
    matchProcessingBehavior: 'Continue'
    conditions: [
    ]
    actions: [
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'x-dns-prefetch-control'
          value: 'off'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'cache-control'
          value: 'no-store'
        }
      }
      {
        name: 'ModifyResponseHeader'
        parameters: {
          typeName: 'DeliveryRuleHeaderActionParameters'
          headerAction: 'Overwrite'
          headerName: 'reporting-endpoints'
          value: 'visor="https://liveness.contoso.example/reports"'
        }
      }
    ]
  }
}
