/// A certificate for loopback that nobody trusts unless told to, and its key. Both are for these tests alone.
enum TestCertificate {
    static let pem = """
        -----BEGIN CERTIFICATE-----
        MIIBtzCCAV2gAwIBAgIUWPGOOw7EtYncOkIHADpx/DjdLVUwCgYIKoZIzj0EAwIw
        IjEgMB4GA1UEAwwXa2V5IHNlcnZlciBvZiB0aGUgdGVzdHMwIBcNMjYxMTIxMDMz
        MjE2WhgPMjEyNjEwMjgwMzMyMTZaMCIxIDAeBgNVBAMMF2tleSBzZXJ2ZXIgb2Yg
        dGhlIHRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8mTUqLty38emcpnE
        x7ae5ZZE/d6W5A1JbkH3/TI5wO2SuyYOGlqKd6Fo0n44Xx+W2q2WpLurBUxwVzcd
        uNvrx6NvMG0wHQYDVR0OBBYEFLsv6/Jd+2qVIYZ35hhLuc/wnBqxMB8GA1UdIwQY
        MBaAFLsv6/Jd+2qVIYZ35hhLuc/wnBqxMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0R
        BBMwEYcEfwAAAYIJbG9jYWxob3N0MAoGCCqGSM49BAMCA0gAMEUCIG0jGEk+p/mQ
        n2s/RY4wvAId27VauHO9//CQ50U+G99NAiEA4a6LoWVLrhb/iKw6monf1hq+IHaY
        fkfsZu40PYHJBcc=
        -----END CERTIFICATE-----
        """

    static let privateKeyPEM = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQglGp0KnECgBDp1GYn
        EBp2k6ftBpLP505i2PqwTnOqhu+hRANCAATyZNSou3Lfx6ZymcTHtp7llkT93pbk
        DUluQff9MjnA7ZK7Jg4aWop3oWjSfjhfH5barZaku6sFTHBXNx242+vH
        -----END PRIVATE KEY-----
        """
}
